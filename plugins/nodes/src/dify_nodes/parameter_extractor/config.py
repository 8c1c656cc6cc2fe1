"""Configuration of the node `parameter-extractor`."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dify_runtime_sdk.workflow import NodeConfig

from ..models.config import MemoryConfig, ModelConfig, VisionConfig

_RESERVED: Final = frozenset(("__reason", "__is_success", "__usage"))

type ParameterType = Literal[
    "string",
    "number",
    "boolean",
    "select",
    "array[string]",
    "array[number]",
    "array[object]",
    "array[boolean]",
]


class Parameter(BaseModel):
    """One value to find; `select` is a text out of `options`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = Field(min_length=1)
    type: ParameterType = Field(description="`bool` is an older name of `boolean`.")
    description: str = ""
    required: bool = False
    options: list[str] = Field(default_factory=list)

    @field_validator("name")
    @classmethod
    def _not_reserved(cls, value: str) -> str:
        if value in _RESERVED:
            raise ValueError(f"the name {value} is reserved for an output of the node")
        return value

    @field_validator("type", mode="before")
    @classmethod
    def _modern(cls, value: Any) -> Any:
        return "boolean" if value == "bool" else value

    @field_validator("description", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value

    @field_validator("options", mode="before")
    @classmethod
    def _none_is_no_option(cls, value: Any) -> Any:
        return [] if value is None else value


class ParameterExtractorConfig(NodeConfig):
    """Lets a model find values in a text."""

    model: ModelConfig
    query: list[str]
    parameters: list[Parameter]
    instruction: str = Field("", description="A template; advice to the model.")
    reasoning_mode: Literal["function_call", "prompt"] = Field(
        "function_call", description="By a function call where the model knows them, or by a prompt alone."
    )
    memory: MemoryConfig | None = None
    vision: VisionConfig = VisionConfig()

    @field_validator("instruction", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value

    @field_validator("reasoning_mode", mode="before")
    @classmethod
    def _function_call_unless_told(cls, value: Any) -> Any:
        return value or "function_call"

    @field_validator("vision", mode="before")
    @classmethod
    def _none_is_default(cls, value: Any) -> Any:
        return {} if value is None else value
