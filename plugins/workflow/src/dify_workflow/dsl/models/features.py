"""Features that apps of all modes share."""

from typing import Any

from pydantic import Field, model_validator

from .base import OptionalInt, Section, Switch
from .moderation import Moderation

_GENERAL = frozenset(
    {
        "enabled",
        "allowed_file_types",
        "allowed_file_extensions",
        "allowed_file_upload_methods",
        "number_limits",
    }
)


class ImageUpload(Section):
    """The only upload that files before 0.1.3 know; see `FileUpload`."""

    enabled: bool = False
    number_limits: int = 3
    """Images per message."""
    detail: str = "high"
    """How closely a model looks at them: high or low."""
    transfer_methods: list[str] = Field(default_factory=list)
    """remote_url, local_file."""


class FileUpload(Section):
    """Files that users may send along.

    A file that only has the old switch `image.enabled` is read as general upload of images with the limits of `image`.
    """

    enabled: bool = False
    allowed_file_types: list[str] = Field(default_factory=list)
    """image, document, audio, video, custom."""
    allowed_file_extensions: list[str] = Field(default_factory=list)
    """With the dot; only for the type custom."""
    allowed_file_upload_methods: list[str] = Field(default_factory=list)
    """local_file, remote_url."""
    number_limits: OptionalInt = None
    """Files per message."""
    image: ImageUpload = ImageUpload()
    file_upload_config: dict[str, Any] = Field(default_factory=dict, alias="fileUploadConfig")
    """Limits of the server that wrote the file; nothing is read from them."""

    @model_validator(mode="before")
    @classmethod
    def _upgrade(cls, data: Any) -> Any:
        image = data.get("image") if isinstance(data, dict) else None
        if not isinstance(image, dict) or image.get("enabled") is not True or not _GENERAL.isdisjoint(data):
            return data
        return {
            **data,
            "enabled": True,
            "allowed_file_types": ["image"],
            "allowed_file_extensions": [],
            "allowed_file_upload_methods": image.get("transfer_methods"),
            "number_limits": image.get("number_limits"),
        }


class TextToSpeech(Section):
    """Reading answers aloud."""

    enabled: bool = False
    voice: str = ""
    language: str = ""
    auto_play: str = Field(default="disabled", alias="autoPlay")
    """enabled or disabled."""


class Features(Section):
    """The section `workflow.features`. Runs of workflow mode use only the first three."""

    file_upload: FileUpload = FileUpload()
    text_to_speech: TextToSpeech = TextToSpeech()
    sensitive_word_avoidance: Moderation = Moderation()
    opening_statement: str = ""
    """What the app says first; `{{name}}` stands for an input."""
    suggested_questions: list[str] = Field(default_factory=list)
    """Shown below the opening statement."""
    suggested_questions_after_answer: Switch = Switch()
    speech_to_text: Switch = Switch()
    retriever_resource: Switch = Switch()
    """Whether answers name the documents they rest on."""
