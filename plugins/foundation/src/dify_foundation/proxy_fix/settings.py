"""Settings of the plugin `proxy-fix`."""

from pydantic import Field

from dify_runtime_sdk import Settings


class ProxyFixSettings(Settings):
    """Whether the proxy in front is believed."""

    RESPECT_XFORWARD_HEADERS_ENABLED: bool = Field(
        False,
        description="Believe one hop of X-Forwarded-For, -Proto and -Port. Only behind a proxy that sets all three.",
    )
