"""What the back ends that are HTTP APIs have in common: one POST by way of the egress service."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from dify_runtime_sdk import Runtime, ServiceError
from dify_runtime_sdk.egress import Egress, EgressError, Limits
from dify_runtime_sdk.mail import MailError, MailRefusedError

if TYPE_CHECKING:
    import httpx

_LIMITS: Final = Limits(read=30, write=30, response_bytes=64 * 1024)
_LATER: Final = (408, 409, 425, 429)
_SERVER_ERROR: Final = 500
_LONGEST_ANSWER: Final = 200

type FindEgress = Callable[[], Awaitable[Egress]]


def egress_of(runtime: Runtime) -> FindEgress:
    """How to find the egress service when a message is sent; raises `ServiceError` now if there will be none."""
    if not runtime.services.offered(Egress):
        raise ServiceError("this mail back end needs the service Egress, which no plugin offers", hint="allow `egress`")
    return lambda: runtime.services.get(Egress)


@dataclass(frozen=True, slots=True)
class MailApi:
    """An API that takes a message as one POST; can be shown, it keeps its key to itself."""

    name: str
    """As it is called in messages."""
    url: str
    key: SecretStr = field(repr=False)
    key_setting: str
    reason: Callable[[Any], str]
    """The reason in the JSON of a refusal; may raise LookupError and TypeError."""

    async def post(self, find: FindEgress, body: Any, headers: Mapping[str, str] | None = None) -> None:
        """Send the message; raises `MailError`."""
        credentials = {"Authorization": f"Bearer {self.key.get_secret_value()}"}
        client = (await find()).trusted(limits=_LIMITS)
        try:
            response = await client.post(self.url, json=body, headers={**(headers or {}), **credentials})
        except EgressError as error:
            raise MailError(f"{self.name}: {error.message}", hint=error.hint) from error
        if not response.is_success:
            raise self._refusal(response)

    def _refusal(self, response: "httpx.Response") -> MailError:
        status = response.status_code
        message = f"{self.name} answers {status}: {self._explained(response)}"
        if status in (401, 403):
            return MailRefusedError(message, hint=f"check {self.key_setting}, and that it may send from this address")
        if status in _LATER or status >= _SERVER_ERROR:
            return MailError(message, hint="it may work later")
        return MailRefusedError(message, hint="check the addresses and MAIL_DEFAULT_SEND_FROM")

    def _explained(self, response: "httpx.Response") -> str:
        try:
            reason = str(self.reason(json.loads(response.content)))
        except (ValueError, LookupError, TypeError, RecursionError):
            return "it does not say why"
        return " ".join(reason.replace(self.key.get_secret_value(), "***").split())[:_LONGEST_ANSWER]
