"""What the config service answers, checked: a malformed answer must not become settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class MalformedAnswer(ValueError):
    """The answer is not what the protocol says; the text says what is wrong and quotes no value."""


@dataclass(frozen=True, slots=True)
class Release:
    """What is published in one namespace."""

    key: str
    """Identifies the release; empty if the service names none."""
    values: Mapping[str, str] = field(repr=False)


def parse_release(body: bytes) -> Release:
    """Read the answer to `/configs/...`; raises `MalformedAnswer`."""
    answer = _decode(body)
    values = answer.get("configurations") if isinstance(answer, dict) else None
    if not isinstance(values, dict):
        raise MalformedAnswer("answers JSON without a mapping under 'configurations'")
    wrong = [name for name, value in values.items() if not isinstance(value, str)]
    if wrong:
        raise MalformedAnswer(f"answers a value of {wrong[0]!r} that is not text")
    key = answer.get("releaseKey")
    return Release(key if isinstance(key, str) else "", values)


def parse_notifications(body: bytes) -> dict[str, int]:
    """Read the answer to `/notifications/v2`: the newest id by namespace; raises `MalformedAnswer`."""
    answer = _decode(body)
    if not isinstance(answer, list):
        raise MalformedAnswer("answers notifications that are no list")
    return dict(_notification(entry) for entry in answer)


def _notification(entry: Any) -> tuple[str, int]:
    match entry:
        case {"namespaceName": str(name), "notificationId": int(number)}:
            return name, number
    raise MalformedAnswer("answers a notification without 'namespaceName' and 'notificationId'")


def _decode(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # deep nesting is malformed too
        page = "an HTML page" if body.lstrip()[:1] == b"<" else "something"
        raise MalformedAnswer(f"answers {page} that is not JSON") from None  # the cause quotes the body
