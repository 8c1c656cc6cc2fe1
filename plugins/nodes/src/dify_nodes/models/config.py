"""What app files say of models, memory and vision, the same in every node that calls a language model."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dify_runtime_sdk.models import ModelId

_FREE_FORM: Final = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())


def complete_provider(provider: str) -> str:
    """The full id of a provider: a bare name stands for the official plugin of that name."""
    return f"langgenius/{provider}/{provider}" if provider and "/" not in provider else provider


class ModelConfig(BaseModel):
    """The field `model`: provider, model name and the vendor's parameters."""

    model_config = _FREE_FORM

    provider: str
    name: str
    mode: Literal["chat", "completion"] = "chat"
    completion_params: dict[str, Any] = Field(
        default_factory=dict, description="Parameters of the vendor; `stop` holds the stop words."
    )

    @field_validator("mode", mode="before")
    @classmethod
    def _chat_unless_told(cls, value: Any) -> Any:
        return value or "chat"

    @field_validator("completion_params", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        return {} if value is None else value

    @property
    def id(self) -> ModelId:
        """The model with its provider's full id."""
        return ModelId(complete_provider(self.provider), self.name)

    @property
    def parameters(self) -> dict[str, Any]:
        """The vendor's parameters without the stop words."""
        return {name: value for name, value in self.completion_params.items() if name != "stop"}

    @property
    def stop(self) -> tuple[str, ...]:
        """The stop words."""
        words = self.completion_params.get("stop")
        return tuple(str(word) for word in words) if isinstance(words, list) else ()


class RolePrefix(BaseModel):
    """How the two sides of a conversation are named where the history becomes one text."""

    model_config = _FREE_FORM

    user: str = ""
    assistant: str = ""


class MemoryWindow(BaseModel):
    """How many of the latest turns are remembered; all that fit when it is not enabled."""

    model_config = _FREE_FORM

    enabled: bool = False
    size: int | None = None


class MemoryConfig(BaseModel):
    """The field `memory`: earlier turns of the conversation go into the prompt."""

    model_config = _FREE_FORM

    role_prefix: RolePrefix | None = None
    window: MemoryWindow = MemoryWindow()
    query_prompt_template: str | None = Field(
        None, description="The last user message; `sys.query` where it is empty. A template."
    )


class VisionOptions(BaseModel):
    """Which files the model sees, and how closely."""

    model_config = _FREE_FORM

    variable_selector: list[str] = ["sys", "files"]
    detail: Literal["low", "high"] = "high"


class VisionConfig(BaseModel):
    """The field `vision`: files go into the prompt."""

    model_config = _FREE_FORM

    enabled: bool = False
    configs: VisionOptions = VisionOptions()

    @field_validator("configs", mode="before")
    @classmethod
    def _none_is_default(cls, value: Any) -> Any:
        return {} if value is None else value
