import pytest

from dify_foundation.proxy_fix.middleware import ProxyFixMiddleware
from dify_foundation.proxy_fix.plugin import ProxyFixPlugin
from dify_foundation.proxy_fix.settings import ProxyFixSettings


@pytest.fixture
def seen(drive):
    """The scope that an application behind the middleware sees."""

    async def seen(headers, **scope):
        scopes = []

        async def app(scope, receive, send):
            scopes.append(scope)

        await drive(ProxyFixMiddleware(app), headers={"host": "internal:5001"} | headers, **scope)
        return scopes[0]

    return seen


def host(scope):
    return dict(scope["headers"])[b"host"].decode()


@pytest.mark.parametrize(
    ("value", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
    ],
)
async def test_the_client_is_what_the_nearest_proxy_says(seen, value, client):
    assert (await seen({"x-forwarded-for": value}))["client"] == (client, 0)


@pytest.mark.parametrize(
    "value", ["unknown", "", "203.0.113.7, ", "host.example", "1.2.3.4.5", "fe80::1%eth0", "1.2.3.4\r\nx"]
)
async def test_a_client_that_makes_no_sense_is_ignored(seen, value):
    assert (await seen({"x-forwarded-for": value}))["client"] == ("10.0.0.9", 1)


async def test_of_several_header_lines_the_last_one_counts(drive):
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)

    lines = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"203.0.113.7")]
    scope = {"type": "http", "method": "GET", "path": "/", "scheme": "http", "headers": lines, "client": None}
    await ProxyFixMiddleware(app)(scope, None, None)
    assert scopes[0]["client"] == ("203.0.113.7", 0)


@pytest.mark.parametrize(
    ("kind", "value", "scheme"),
    [
        ("http", "https", "https"),
        ("http", "http, HTTPS", "https"),
        ("http", "gopher", "http"),
        ("http", "", "http"),
        ("websocket", "https", "wss"),
        ("websocket", "http", "ws"),
    ],
)
async def test_the_scheme_is_what_the_nearest_proxy_says(seen, kind, value, scheme):
    assert (await seen({"x-forwarded-proto": value}, type=kind))["scheme"] == scheme


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-forwarded-port": "8443"}, "internal:8443"),
        ({"x-forwarded-port": "443", "x-forwarded-proto": "https"}, "internal"),
        ({"x-forwarded-port": "443"}, "internal:443"),
        ({"x-forwarded-port": "80", "host": "dify.example"}, "dify.example"),
        ({"x-forwarded-port": "81", "host": "[::1]"}, "[::1]:81"),
        ({"x-forwarded-port": "81", "host": "[::1]:5001"}, "[::1]:81"),
        ({"x-forwarded-port": "0"}, "internal:5001"),
        ({"x-forwarded-port": "65536"}, "internal:5001"),
        ({"x-forwarded-port": "-1"}, "internal:5001"),
        ({"x-forwarded-port": "²"}, "internal:5001"),
        ({"x-forwarded-port": "9" * 5000}, "internal:5001"),
    ],
)
async def test_the_port_of_the_host_is_what_the_nearest_proxy_says(seen, headers, expected):
    assert host(await seen(headers)) == expected


async def test_the_servers_port_follows(seen):
    scope = await seen({"x-forwarded-port": "8443"}, server=("10.0.0.1", 5001))
    assert scope["server"] == ("10.0.0.1", 8443)
    assert (await seen({"x-forwarded-port": "8443"}, server=None))["server"] == ("", 8443)


async def test_host_and_prefix_are_never_believed(seen):
    scope = await seen({"x-forwarded-host": "evil.example", "x-forwarded-prefix": "/evil"}, root_path="")
    assert host(scope) == "internal:5001"
    assert scope["root_path"] == ""


async def test_the_servers_own_scope_is_not_changed(drive):
    async def app(scope, receive, send):
        return None

    headers = [(b"host", b"internal"), (b"x-forwarded-port", b"81"), (b"x-forwarded-for", b"1.1.1.1")]
    scope = {"type": "http", "scheme": "http", "headers": headers, "client": ("10.0.0.9", 1)}
    before = dict(scope) | {"headers": list(headers)}
    await ProxyFixMiddleware(app)(scope, None, None)
    assert scope == before


async def test_the_lifespan_passes_through():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope)

    await ProxyFixMiddleware(app)({"type": "lifespan"}, None, None)
    assert seen == [{"type": "lifespan"}]


def test_it_is_off_unless_asked_for():
    plugin = ProxyFixPlugin()
    assert not plugin.enabled(ProxyFixSettings())
    assert plugin.enabled(ProxyFixSettings(RESPECT_XFORWARD_HEADERS_ENABLED=True))
    assert "request-logging" in plugin.before
