"""The question behind the command `health`, with the standard library alone: it must start quickly."""

import http.client
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

_MAX_BYTES: Final = 1024 * 1024
_HEALTHY: Final = ("ready", "degraded")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said of itself: its report, or the reason why there is none."""

    status: str
    error: str | None = None
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def healthy(self) -> bool:
        """Whether the server should get traffic."""
        return self.error is None and self.status in _HEALTHY

    def problems(self) -> Iterator[str]:
        """One line per failed check and per failed plugin."""
        for check in self.report.get("checks") or ():
            if check.get("error") is not None:
                yield f"check {check.get('name')} of plugin {check.get('plugin')}: {check['error']}"
        for plugin, reason in (self.report.get("failed_plugins") or {}).items():
            yield f"plugin {plugin}: {reason}"


def ask(url: str, timeout: float) -> Answer:
    """Ask the server at `url` for its readiness; answers within about `timeout` seconds, whatever the server does."""
    if urlsplit(url).scheme not in ("http", "https"):
        return Answer("unreachable", "the URL must begin with http:// or https://")
    answers: list[Answer] = []
    # the socket's own timeout starts anew with every byte; a thread that is given up on does not
    asking = threading.Thread(target=lambda: answers.append(_ask(url, timeout)), daemon=True)
    asking.start()
    asking.join(timeout)
    return answers[0] if answers else Answer("unreachable", f"no answer within {timeout:g} s")


def _ask(url: str, timeout: float) -> Answer:
    try:
        return _read(_get(f"{url.rstrip('/')}/health/ready", timeout))
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        return Answer("unreachable", str(reason) or type(error).__name__)


def _get(url: str, timeout: float) -> bytes:
    """The body of the answer; 503 is an answer like any other."""
    # a proxy of the environment must not stand between a container and itself
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout) as response:
            body: bytes = response.read(_MAX_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            if error.code != http.client.SERVICE_UNAVAILABLE:
                raise ValueError(f"the server answered {error.code}") from None
            body = error.read(_MAX_BYTES)
    return body


def _read(body: bytes) -> Answer:
    """The report in an answer; raises `ValueError` when it is none."""
    try:
        report = json.loads(body)
    except ValueError:
        report = None
    if not isinstance(report, dict) or not isinstance(report.get("status"), str):
        raise ValueError("the answer is not a readiness report; is this a dify-runtime server?")
    return Answer(report["status"], report=report)
