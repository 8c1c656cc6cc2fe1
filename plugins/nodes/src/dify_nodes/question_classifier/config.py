"""Configuration of the node `question-classifier`."""

from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator

from dify_runtime_sdk.workflow import NodeConfig

from ..models.config import MemoryConfig, ModelConfig, VisionConfig


class QuestionClass(BaseModel):
    """One class: its id is the branch, its name is what the model is told."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    name: str = Field(description="A template.")


class QuestionClassifierConfig(NodeConfig):
    """Lets a model sort a text into one of several classes."""

    query_variable_selector: list[str]
    model: ModelConfig
    classes: list[QuestionClass]
    instruction: str = Field(
        "", validation_alias=AliasChoices("instruction", "instructions"), description="A template; advice to the model."
    )
    memory: MemoryConfig | None = None
    vision: VisionConfig = VisionConfig()

    @field_validator("instruction", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value

    @field_validator("vision", mode="before")
    @classmethod
    def _none_is_default(cls, value: Any) -> Any:
        return {} if value is None else value
