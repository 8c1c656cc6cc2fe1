"""How a log record becomes a line: the text and the JSON format, both with secrets masked."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, Literal

from .redaction import redact, redact_value
from .settings import LoggingSettings

_NO_ID: Final = "-"
_OWN: Final = frozenset(("message", "asctime", "taskName", "req_id", "trace_id", "span_id", "attributes"))
_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | _OWN
"""Attributes of a record that are not extra ones."""


def make_formatter(settings: LoggingSettings) -> logging.Formatter:
    """The formatter that the settings ask for."""
    if settings.LOG_OUTPUT_FORMAT == "json":
        return JsonFormatter(settings.APPLICATION_NAME)
    return TextFormatter(settings.LOG_FORMAT, settings.LOG_DATEFORMAT, settings.LOG_TZ)


class TextFormatter(logging.Formatter):
    """Text lines after a pattern; the time in the zone `zone`, or in the process's own without one."""

    def __init__(self, pattern: str, date_pattern: str | None, zone: str | None) -> None:
        super().__init__(pattern, date_pattern)
        self._zone = _zone(zone)
        if "%(msecs)" in pattern:
            self.default_msec_format = None  # the pattern adds the milliseconds itself

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the base's name
        """The record's time as text."""
        at = datetime.fromtimestamp(record.created, self._zone)
        if datefmt:
            return at.strftime(datefmt)
        text = at.strftime(self.default_time_format)
        return self.default_msec_format % (text, record.msecs) if self.default_msec_format else text

    def format(self, record: logging.LogRecord) -> str:
        """One line (more with a traceback), secrets masked."""
        return encodable(redact(super().format(record)))


class JsonFormatter(logging.Formatter):
    """One JSON object per line: ts, severity, service, caller, message, and what the record has beyond that."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON, secrets masked; members without a value are left out."""
        line: dict[str, Any] = {
            "ts": _timestamp(record.created),
            "severity": severity(record.levelno),
            "service": self._service,
            "caller": f"{record.filename}:{record.lineno}",
            "message": redact(record.getMessage()),
        }
        for member in ("trace_id", "span_id"):
            value = getattr(record, member, _NO_ID)
            if value != _NO_ID:
                line[member] = value
        optional = {
            "identity": getattr(record, "identity", None),
            "attributes": _attributes(record),
            "stack_trace": self._stack_trace(record),
        }
        line.update((member, value) for member, value in optional.items() if value)
        return _dump(line)

    def _stack_trace(self, record: logging.LogRecord) -> str | None:
        if record.levelno < logging.ERROR:
            return None
        parts = [self.formatException(record.exc_info)] if record.exc_info else [record.exc_text or ""]
        parts.append(record.stack_info or "")
        return redact("\n".join(part for part in parts if part)) or None


def severity(level: int) -> Literal["DEBUG", "INFO", "WARN", "ERROR"]:
    """The word for a level in JSON lines."""
    if level >= logging.ERROR:
        return "ERROR"
    if level >= logging.WARNING:
        return "WARN"
    return "INFO" if level >= logging.INFO else "DEBUG"


def encodable(text: str) -> str:
    """`text` with lone surrogates escaped, which no stream could encode."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _attributes(record: logging.LogRecord) -> dict[str, Any]:
    """The extra attributes of a record; the mapping `attributes` among them is merged in."""
    extra = {key: value for key, value in record.__dict__.items() if key not in _STANDARD and key != "identity"}
    attributes = getattr(record, "attributes", None)
    if isinstance(attributes, Mapping):
        extra.update(attributes)
    redacted: dict[str, Any] = redact_value(extra) if extra else {}
    return redacted


def _timestamp(created: float) -> str:
    return datetime.fromtimestamp(created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    if name.upper() == "UTC":
        return UTC
    from zoneinfo import ZoneInfo  # reads the time zone database, which the default does not need

    return ZoneInfo(name)


def _dump(line: dict[str, Any]) -> str:
    import orjson  # loaded with the first JSON line, not with the plugin's declaration

    try:
        return orjson.dumps(line).decode()
    except TypeError:  # integers over 64 bits, lone surrogates
        return json.dumps(line)
