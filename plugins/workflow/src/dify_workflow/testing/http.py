"""Scripted HTTP: requests of nodes are answered here, and nothing is sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from dify_runtime_sdk.egress import EgressError, Limits

from .script import scripts

if TYPE_CHECKING:
    import httpx

_UNSET: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """An answer: a status, headers, and one of `json`, `text` and `content`."""

    status: int = 200
    json: Any = _UNSET
    text: str = ""
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class ScriptedHttp:
    """Satisfies `Egress` with answers by `METHOD url` or `url`, compared without the query.

    An answer is an `HttpAnswer`, a text or JSON object that is the body of one, an exception, or a function of the
    `httpx.Request` that gives one; a list holds one answer per request, and its last one answers all that follow.
    `requests` holds what was asked.
    """

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._scripts = scripts(answers)
        self.requests: list[httpx.Request] = []

    def trusted(self, *, limits: Limits | None = None, verify: bool = True) -> "httpx.AsyncClient":
        """See `Egress.trusted`."""
        return self.untrusted()

    def untrusted(self, *, limits: Limits | None = None, verify: bool | None = None) -> "httpx.AsyncClient":
        """See `Egress.untrusted`."""
        import httpx  # only for workflows that send requests

        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def headers(self) -> Mapping[str, str]:
        """See `Egress.headers`: none."""
        return {}

    def _answer(self, request: "httpx.Request") -> "httpx.Response":
        url = str(request.url.copy_with(query=None, fragment=None))
        names = (f"{request.method} {url}", url)
        name = next((name for name in names if name in self._scripts), None)
        if name is None:
            known = ", ".join(sorted(self._scripts)) or "none"
            raise EgressError(f"the test has no answer to {names[0]}", hint=f"it has answers to: {known}")
        self.requests.append(request)
        return _response(self._scripts[name].next(request))


def _response(answer: Any) -> "httpx.Response":
    import httpx

    if isinstance(answer, str):
        answer = HttpAnswer(text=answer)
    elif not isinstance(answer, HttpAnswer):
        answer = HttpAnswer(json=answer)
    headers = dict(answer.headers)
    if answer.json is not _UNSET:
        content = json.dumps(answer.json).encode()
        headers = {"content-type": "application/json", **headers}
    else:
        content = answer.content or answer.text.encode()
        headers = {"content-type": "text/plain; charset=utf-8", **headers} if answer.text else headers
    return httpx.Response(answer.status, headers=headers, content=content)
