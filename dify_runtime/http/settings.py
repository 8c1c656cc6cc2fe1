"""Settings of the HTTP layer; light to import."""

from pydantic import Field

from dify_runtime_sdk import Settings


class HttpSettings(Settings):
    """Limits that hold for every request; a route may override them. Header limits belong to the server."""

    HTTP_MAX_BODY_BYTES: int = Field(
        104_857_600, gt=0, description="Longest request body that is taken, in bytes; a longer one is answered 413"
    )
    HTTP_BODY_TIMEOUT: float = Field(
        60.0, ge=0, description="How long a client may take to send its body, in seconds, then 408; 0 = no limit"
    )
    HTTP_RESPONSE_TIMEOUT: float = Field(
        60.0, ge=0, description="How long sending an answer may take, in seconds, then it is cut off; 0 = no limit"
    )
