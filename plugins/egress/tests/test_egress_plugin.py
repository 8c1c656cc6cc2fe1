"""The plugin in a booted runtime."""

import subprocess
import sys

import pytest

from dify_egress.plugin import EgressPlugin
from dify_egress.settings import EgressSettings
from dify_runtime_sdk import DifyRuntimeError, Plugin, hookimpl
from dify_runtime_sdk.egress import Egress


class TracingPlugin(Plugin):
    """Knows the current trace."""

    @hookimpl
    def egress_headers(self):
        return [lambda: {"traceparent": "00-1"}, lambda: {"traceparent": "00-2", "baggage": "a=1"}]


class WrongPlugin(Plugin):
    """Gives what is no function."""

    @hookimpl
    def egress_headers(self):
        return [{"traceparent": "00-1"}]


async def test_the_service_is_made_from_the_settings(runtime, serve):
    server = await serve()
    booted = await runtime({"egress": EgressPlugin}, environ={"EGRESS_ALLOW": "127.0.0.1"})
    egress = await booted.services.get(Egress)
    assert (await egress.untrusted().get(server.url)).status_code == 200
    assert egress.headers() == {}
    await runtime.stop()
    await server.gone.wait()


async def test_private_networks_are_refused_out_of_the_box(runtime, serve):
    server = await serve()
    egress = await (await runtime({"egress": EgressPlugin})).services.get(Egress)
    with pytest.raises(DifyRuntimeError, match="is refused"):
        await egress.untrusted().get(server.url)


async def test_plugins_contribute_the_headers_of_the_trace(runtime):
    booted = await runtime({"egress": EgressPlugin, "tracing": TracingPlugin})
    egress = await booted.services.get(Egress)
    assert egress.headers() == {"traceparent": "00-1", "baggage": "a=1"}


async def test_what_is_no_function_is_refused_at_boot(runtime):
    with pytest.raises(DifyRuntimeError, match="'wrong' gave"):
        await runtime({"egress": EgressPlugin, "wrong": WrongPlugin})


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"SSRF_PROXY_HTTP_URL": "http://proxy:3128"}, "SSRF_PROXY_HTTPS_URL is not"),
        ({"SSRF_PROXY_HTTPS_URL": "http://proxy:3128"}, "SSRF_PROXY_HTTP_URL is not"),
        ({"SSRF_PROXY_ALL_URL": "proxy:3128"}, "SSRF_PROXY_ALL_URL"),
        ({"SSRF_PROXY_ALL_URL": "socks5://proxy:1080"}, "SSRF_PROXY_ALL_URL"),
        ({"SSRF_PROXY_ALL_URL": "http://proxy:0/path"}, "SSRF_PROXY_ALL_URL"),
        ({"EGRESS_ALLOW": "10.0.0.0/99"}, "EGRESS_ALLOW"),
        ({"EGRESS_DENY": "http://api.example"}, "EGRESS_DENY"),
        ({"EGRESS_ALLOWED_PORTS": "http"}, "EGRESS_ALLOWED_PORTS"),
        ({"EGRESS_CA_BUNDLE": "/nowhere.pem"}, "EGRESS_CA_BUNDLE"),
        ({"SSRF_DEFAULT_MAX_RETRIES": "0"}, "SSRF_DEFAULT_MAX_RETRIES"),
        ({"EGRESS_TRUSTED_CONNECT_TIMEOUT": "0"}, "EGRESS_TRUSTED_CONNECT_TIMEOUT"),
    ],
)
async def test_settings_that_make_no_sense_stop_the_boot_and_are_named(environ, named, runtime):
    with pytest.raises(DifyRuntimeError, match=named):
        await runtime({"egress": EgressPlugin}, environ=environ)


async def test_a_bad_proxy_address_is_not_quoted(runtime):
    with pytest.raises(DifyRuntimeError) as caught:
        await runtime({"egress": EgressPlugin}, environ={"SSRF_PROXY_ALL_URL": "ftp://user:hunter2@proxy"})
    assert "hunter2" not in str(caught.value)


def test_proxies_set_to_nothing_are_not_set():
    settings = EgressSettings(SSRF_PROXY_HTTP_URL="", SSRF_PROXY_HTTPS_URL="", SSRF_PROXY_ALL_URL="")
    assert settings.SSRF_PROXY_HTTP_URL is settings.SSRF_PROXY_ALL_URL is None


def test_one_proxy_for_all_needs_no_pair():
    assert EgressSettings(SSRF_PROXY_ALL_URL="http://a:1", SSRF_PROXY_HTTP_URL="http://b:1").SSRF_PROXY_ALL_URL


def test_the_declaration_imports_no_client():
    assert EgressPlugin.settings is EgressSettings
    code = (
        "import sys, dify_egress.plugin; sys.exit(any(name in sys.modules for name in ('httpx', 'ssrfguard', 'idna')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
