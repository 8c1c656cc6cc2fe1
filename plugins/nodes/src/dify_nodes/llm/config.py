"""Configuration of the node `llm`."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dify_runtime_sdk.workflow import NodeConfig

from ..bindings import Binding
from ..models.config import MemoryConfig, ModelConfig, VisionConfig


class PromptText(BaseModel):
    """A text of a prompt, in one of two languages: references, or Jinja with the declared variables only."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: str = ""
    edition_type: Literal["basic", "jinja2"] = "basic"
    jinja2_text: str | None = None

    @field_validator("text", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value

    @field_validator("edition_type", mode="before")
    @classmethod
    def _basic_unless_told(cls, value: Any) -> Any:
        return value or "basic"


class PromptMessage(PromptText):
    """One message of a prompt for chat."""

    role: Literal["system", "user", "assistant"]


class PromptConfig(BaseModel):
    """What Jinja texts may use."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    jinja2_variables: list[Binding] = Field(default_factory=list)

    @field_validator("jinja2_variables", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        return [] if value is None else value


class ContextConfig(BaseModel):
    """Where `{{#context#}}` comes from."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    enabled: bool
    variable_selector: list[str] | None = None


class StructuredOutput(BaseModel):
    """The shape of the answer."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    json_schema: dict[str, Any] = Field(alias="schema", description="JSON Schema of an object.")


class LlmConfig(NodeConfig):
    """Asks a language model, and streams what it answers."""

    model: ModelConfig
    prompt_template: list[PromptMessage] | PromptText = Field(
        description="Messages for a chat model, one text for a completion model."
    )
    prompt_config: PromptConfig = PromptConfig()
    memory: MemoryConfig | None = None
    context: ContextConfig
    vision: VisionConfig = VisionConfig()
    structured_output: StructuredOutput | None = None
    structured_output_enabled: bool = False
    reasoning_format: Literal["tagged", "separated"] = Field(
        "tagged", description="Whether reasoning stays in `text` between think tags, or goes to `reasoning_content`."
    )

    @field_validator("prompt_config", "vision", mode="before")
    @classmethod
    def _none_is_default(cls, value: Any) -> Any:
        return {} if value is None else value

    @field_validator("structured_output", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        return value or None
