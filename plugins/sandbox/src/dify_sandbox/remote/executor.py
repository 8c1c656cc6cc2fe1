"""The service `CodeExecutor` of the back end `remote`."""

import json
from typing import TYPE_CHECKING, Any, Final

from dify_runtime_sdk import ServiceError, Services
from dify_runtime_sdk.code import CodeCall, CodeExecutionError, CodeLimitError, CodeRefusedError
from dify_runtime_sdk.egress import Egress, EgressError, Limits, ResponseTooLargeError

from ..answers import result_of, too_much
from ..settings import RemoteSettings
from .wrapping import LANGUAGES, program_of, result_in

if TYPE_CHECKING:
    import httpx

_UNAUTHORISED: Final = 401
_OK: Final = 200
_BUSY: Final = (503, 429)
_BUSY_CODES: Final = (-503, -429)
_ESCAPED: Final = 6
"""Bytes that JSON may take for one of the code's."""


class RemoteExecutor:
    """A client of `POST /v1/sandbox/run`."""

    def __init__(self, settings: RemoteSettings, services: Services) -> None:
        self._settings = settings
        self._services = services
        self._base = str(settings.CODE_EXECUTION_ENDPOINT).rstrip("/")

    async def run(self, call: CodeCall) -> dict[str, Any]:
        """Satisfy `CodeExecutor.run`; raises `CodeRefusedError` when the service does not take the code."""
        order = {"language": LANGUAGES[call.language], "code": program_of(call), "preload": "", "enable_network": True}
        content = json.dumps(order, ensure_ascii=True).encode()
        data = self._data(await self._answer("POST", "/v1/sandbox/run", content))
        if error := data.get("error"):
            raise _failure(str(error))
        printed = data.get("stdout") or ""
        if len(printed) > self._settings.CODE_SANDBOX_OUTPUT:
            raise too_much(self._settings.CODE_SANDBOX_OUTPUT)
        return await result_of(result_in(str(printed)))

    async def check(self) -> None:
        """Ask the service for a sign of life; raises `CodeRefusedError`."""
        response = await self._answer("GET", "/health", None)
        if response.status_code != _OK:
            raise self._refused(f"answers {response.status_code}", "see the log of the service")

    async def _answer(self, method: str, path: str, content: bytes | None) -> "httpx.Response":
        given = self._settings
        limits = Limits(
            connect=given.CODE_EXECUTION_CONNECT_TIMEOUT,
            read=given.CODE_EXECUTION_READ_TIMEOUT,
            write=given.CODE_EXECUTION_WRITE_TIMEOUT,
            response_bytes=_ESCAPED * given.CODE_SANDBOX_OUTPUT,
        )
        headers = {"X-Api-Key": given.CODE_EXECUTION_API_KEY.get_secret_value(), "Content-Type": "application/json"}
        try:
            egress = await self._services.get(Egress)
            client = egress.trusted(limits=limits, verify=given.CODE_EXECUTION_SSL_VERIFY)
            headers |= egress.headers()
            return await client.request(method, self._base + path, content=content, headers=headers)
        except ResponseTooLargeError:
            raise too_much(given.CODE_SANDBOX_OUTPUT) from None
        except (EgressError, ServiceError) as error:
            raise self._refused(f"cannot be reached: {error.message}", "check CODE_EXECUTION_ENDPOINT") from None

    def _data(self, response: "httpx.Response") -> dict[str, Any]:
        """What the service says of the run; raises `CodeRefusedError` when it has not run the code."""
        status = response.status_code
        if status == _UNAUTHORISED:
            raise self._refused("does not take the key", "check CODE_EXECUTION_API_KEY")
        envelope = _object(response.content)
        code = None if envelope is None else envelope.get("code")
        if status in _BUSY or code in _BUSY_CODES:
            raise self._refused("is busy", "try again later, or let it run more at once")
        if status != _OK or envelope is None:
            raise self._refused(f"gives an answer that is none of the sandbox's (status {status})", "check its address")
        data = envelope.get("data")
        if code != 0 or not isinstance(data, dict):
            raise self._refused(f"answers with code {code}: {envelope.get('message')}", "see the log of the service")
        return data

    def _refused(self, reason: str, hint: str) -> CodeRefusedError:
        return CodeRefusedError(f"the sandbox service {reason}", hint=hint)


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _failure(error: str) -> CodeExecutionError | CodeLimitError:
    if error.strip() == "timeout" or "error: timeout" in error:
        return CodeLimitError("timeout: the code took longer than the sandbox service allows")
    return CodeExecutionError(error)
