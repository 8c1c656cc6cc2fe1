"""The HTTP client of the config service. It imports httpx: import this module when the source is first used."""

import json
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from urllib.parse import quote, urlencode

import httpx

from dify_runtime_sdk import ConfigSourceError
from dify_runtime_sdk.exchange import NoAnswerError, exchange

from .address import Service
from .answers import MalformedAnswer, Release, parse_notifications, parse_release
from .limits import Limits
from .local_address import local_address
from .signature import sign

_CHECK_URL = "check that APOLLO_CONFIG_URL is the address of a config service"


class ApolloClient:
    """Speaks the protocol; holds one pool of connections until it is closed. Everything it raises is typed."""

    def __init__(self, service: Service, limits: Limits) -> None:
        self._service = service
        self._limits = limits
        self._prefix = httpx.URL(service.url).raw_path.decode().rstrip("/")
        # The system's trust store, not httpx's own: that is where operators put the authority of an internal network.
        self._http = httpx.AsyncClient(
            verify=ssl.create_default_context(),
            auth=service.login,
            headers={"User-Agent": "dify-runtime"},
            trust_env=False,
            follow_redirects=False,
        )

    async def read(self, namespace: str, release_key: str) -> Release | None:
        """What is published in `namespace`, or None if that is still the release `release_key` (empty: any is news)."""
        path = "/".join(quote(part, safe="") for part in (self._service.app_id, self._service.cluster, namespace))
        query = {"releaseKey": release_key} | ({"ip": self._ip} if self._ip else {})
        what = f"namespace {namespace!r}"
        release = await self._get(f"/configs/{path}?{urlencode(query)}", what, parse_release, silence=self._limits.read)
        if release is None and not release_key:
            raise self._error("answers 304, though nothing is known yet", what, _CHECK_URL)
        return release

    async def wait(self, seen: Mapping[str, int]) -> dict[str, int]:
        """Long-poll until a namespace has a newer notification than `seen` says, or the service lets go.

        Returns the newer ids by namespace; none if nothing happened.
        """
        wanted = [{"namespaceName": name, "notificationId": number} for name, number in seen.items()]
        query = {
            "appId": self._service.app_id,
            "cluster": self._service.cluster,
            "notifications": json.dumps(wanted, separators=(",", ":")),
        }
        target = f"/notifications/v2?{urlencode(query)}"
        return await self._get(target, "notifications", parse_notifications, silence=self._limits.poll) or {}

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    @cached_property
    def _ip(self) -> str | None:
        return local_address()

    async def _get[T](self, target: str, what: str, parse: Callable[[bytes], T], *, silence: float) -> T | None:
        """The answer, or None for a 304; `what` names the thing in errors, `silence` is in seconds."""
        request = self._http.build_request("GET", self._service.url + target, timeout=silence)
        request.headers.update(self._signature(request))
        try:
            status, body = await exchange(self._http, request, silence + self._limits.transfer, self._limits.body)
            if status == httpx.codes.OK:
                return parse(body)
        except NoAnswerError as error:
            raise self._error(error.message, what, error.hint) from error
        except MalformedAnswer as error:
            raise self._error(str(error), what, _CHECK_URL) from error
        if status == httpx.codes.NOT_MODIFIED:
            return None
        raise self._error(f"answers {status}", what, _hint(status))

    def _signature(self, request: httpx.Request) -> dict[str, str]:
        if not self._service.secret:
            return {}
        target = request.url.raw_path.decode().removeprefix(self._prefix)
        return sign(self._service.app_id, self._service.secret, target, int(time.time() * 1000))

    def _error(self, failure: str, what: str, hint: str | None) -> ConfigSourceError:
        return ConfigSourceError(f"config source 'apollo' at {self._service.url} {failure} ({what})", hint=hint)


def _hint(status: int) -> str:
    if httpx.codes.is_redirect(status):
        return "redirects are not followed: set APOLLO_CONFIG_URL to the final address"
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return "set APOLLO_SECRET to an enabled access key of the app, and check the clock of this machine"
    if status == httpx.codes.NOT_FOUND:
        return "check APOLLO_APP_ID, APOLLO_CLUSTER and APOLLO_NAMESPACE, and that the namespace has a release"
    return "see the log of the config service"
