"""Limits that operators set for the built-in nodes; the names are Dify's."""

from pydantic import Field, NegativeInt, PositiveInt

from dify_runtime_sdk import Settings


class NodesSettings(Settings):
    """Settings of the plugin `nodes`."""

    CODE_MAX_NUMBER: PositiveInt = Field(2**63 - 1, description="Code nodes: the largest number in a result")
    CODE_MIN_NUMBER: NegativeInt = Field(1 - 2**63, description="Code nodes: the smallest number in a result")
    CODE_MAX_DEPTH: PositiveInt = Field(5, description="Code nodes: how deep objects of a result may nest")
    CODE_MAX_PRECISION: PositiveInt = Field(20, description="Code nodes: decimal places of a number in a result")
    CODE_MAX_STRING_LENGTH: PositiveInt = Field(400_000, description="Code nodes: characters of a text in a result")
    CODE_MAX_STRING_ARRAY_LENGTH: PositiveInt = Field(30, description="Code nodes: elements of an array[string]")
    CODE_MAX_OBJECT_ARRAY_LENGTH: PositiveInt = Field(30, description="Code nodes: elements of an array[object]")
    CODE_MAX_NUMBER_ARRAY_LENGTH: PositiveInt = Field(1000, description="Code nodes: elements of an array[number]")
    TEMPLATE_TRANSFORM_MAX_LENGTH: PositiveInt = Field(
        400_000, description="Template nodes: characters of the rendered text"
    )
    HTTP_REQUEST_MAX_CONNECT_TIMEOUT: int = Field(
        10, ge=1, description="HTTP request nodes: the longest time to connect, in seconds"
    )
    HTTP_REQUEST_MAX_READ_TIMEOUT: int = Field(
        600, ge=1, description="HTTP request nodes: the longest wait for a part of an answer, in seconds"
    )
    HTTP_REQUEST_MAX_WRITE_TIMEOUT: int = Field(
        600, ge=1, description="HTTP request nodes: the longest wait for a part of a request, in seconds"
    )
    HTTP_REQUEST_NODE_MAX_BINARY_SIZE: PositiveInt = Field(
        10 * 1024 * 1024, description="HTTP request nodes: bytes of an answer that becomes a file"
    )
    HTTP_REQUEST_NODE_MAX_TEXT_SIZE: PositiveInt = Field(
        1024 * 1024, description="HTTP request nodes: bytes of an answer that becomes text"
    )
    HTTP_REQUEST_NODE_SSL_VERIFY: bool = Field(
        True, description="Whether certificates of outbound peers are checked where a node does not say"
    )
