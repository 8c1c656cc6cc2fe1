"""Where the requests of one set of credentials go, and with which headers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from dify_runtime_sdk.model_providers import ModelAccess, vendor_error
from dify_runtime_sdk.models import ModelCredentialsError

from .presets import Preset


@dataclass(frozen=True, slots=True)
class Route:
    """The address of a server for one model: the URL of an operation is `base`, its path, `query`."""

    base: str
    headers: Mapping[str, str] = field(repr=False)
    query: str = ""
    model: str = ""

    def url(self, path: str) -> str:
        """The URL of an operation such as `/chat/completions`."""
        return f"{self.base}{path}{self.query}"


def route_of(preset: Preset, access: ModelAccess) -> Route:
    """Where to go; raises `ModelCredentialsError` when no address is given."""
    given = access.credentials
    base = (given.get(preset.address) or preset.default_address).strip().rstrip("/")
    if urlsplit(base).scheme not in ("http", "https"):
        raise vendor_error(
            ModelCredentialsError, access, f"{preset.address} is not an address", hint="write http://host:port/path"
        )
    key = given.get(preset.key, "")
    headers = {header: given[name] for name, header in preset.extra_headers.items() if given.get(name)}
    if preset.azure:
        return _azure(base, key, access)
    if key:
        headers["Authorization"] = f"Bearer {key}"
    if preset.path and not urlsplit(base).path:
        base += preset.path
    return Route(base, headers, model=given.get("endpoint_model_name") or access.model)


def _azure(base: str, key: str, access: ModelAccess) -> Route:
    headers = {"api-key": key} if key else {}
    if base.endswith("/openai/v1"):
        return Route(base, headers, model=access.model)
    version = quote(access.credentials.get("openai_api_version") or "2024-10-21", safe="")
    base = f"{base}/openai/deployments/{quote(access.model, safe='')}" if access.model else f"{base}/openai"
    return Route(base, headers, f"?api-version={version}", access.model)
