"""Settings of the plugin `logging`."""

import logging
from typing import Any, Literal

from pydantic import Field, field_validator

from dify_runtime_sdk import Settings

_DEFAULT_FORMAT = (
    "%(asctime)s.%(msecs)03d %(levelname)s [%(threadName)s] [%(filename)s:%(lineno)d] %(trace_id)s - %(message)s"
)


class LoggingSettings(Settings):
    """Where log lines go and how they look."""

    LOG_LEVEL: str = Field("INFO", description="Level of the root logger: DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    LOG_OUTPUT_FORMAT: Literal["text", "json"] = Field("text", description="Text lines, or one JSON object per line.")
    LOG_FILE: str | None = Field(
        None,
        description="Path of a rotating log file beside stdout; unset: stdout only. Each process needs its own.",
    )
    LOG_FILE_MAX_SIZE: int = Field(20, gt=0, description="Size at which the log file is rotated, in MB.")
    LOG_FILE_BACKUP_COUNT: int = Field(5, gt=0, description="Rotated log files that are kept.")
    LOG_FORMAT: str = Field(
        _DEFAULT_FORMAT,
        description="Pattern of a text line; besides Python's own attributes: trace_id, span_id, req_id.",
    )
    LOG_DATEFORMAT: str | None = Field(None, description="Pattern of the time in a text line (strftime).")
    LOG_TZ: str | None = Field("UTC", description="Time zone of the time in a text line; empty: the process's own.")
    APPLICATION_NAME: str = Field("langgenius/dify", description="Name of this service in logs and traces.")

    @field_validator("LOG_FILE", "LOG_DATEFORMAT", "LOG_TZ", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: Any) -> Any:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("LOG_LEVEL")
    @classmethod
    def _known_level(cls, value: str) -> str:
        level = value.strip().upper()
        if level not in logging.getLevelNamesMapping():
            raise ValueError("not a log level; use DEBUG, INFO, WARNING, ERROR or CRITICAL")
        return level

    @field_validator("LOG_TZ")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        from zoneinfo import ZoneInfo  # the default zone is not looked up: `validate_default` is off

        if value is not None:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError, OSError):
                raise ValueError("not a known time zone; use a name such as UTC or Europe/Berlin") from None
        return value

    @field_validator("LOG_FORMAT")
    @classmethod
    def _usable_pattern(cls, value: str) -> str:
        sample = logging.makeLogRecord({"trace_id": "", "span_id": "", "req_id": "", "asctime": "", "message": ""})
        try:
            logging.PercentStyle(value).validate()
            _ = value % sample.__dict__
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a usable pattern of %(name)s fields: {error}") from None
        return value
