"""What must not be reached is refused before anything is connected to."""

import asyncio
import socket
from ipaddress import ip_address

import httpx
import pytest
import ssrfguard

from dify_egress.destinations import Destinations, faces
from dify_egress.settings import EgressSettings
from dify_runtime_sdk.egress import EgressDeniedError, EgressError, Limits

HOSTILE = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[::7f00:1]:{port}/",
    "http://[2001:0:7f00:1::]:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://public.example@127.0.0.1:{port}/",
    "http://user:secret@localhost:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://\uff11\uff12\uff17.0.0.1:{port}/",
    "http://127。0。0。1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "http:///path",
    "//127.0.0.1/",
    "http://127.0.0.1:{port}.:80/",
    "http://127.0.0.1.:{port}/",
]


@pytest.fixture
async def opened(monkeypatch):
    """The destinations of all connections that the event loop is asked to open."""
    found = []
    loop = asyncio.get_running_loop()
    original = loop.create_connection

    async def create_connection(factory, host=None, port=None, **options):
        found.append((host, port))
        return await original(factory, host, port, **options)

    monkeypatch.setattr(loop, "create_connection", create_connection)
    return found


@pytest.mark.parametrize("url", HOSTILE)
async def test_a_hostile_url_is_refused_before_anything_connects(url, serve, egress, opened):
    trap = await serve()
    service = await egress(EGRESS_ALLOW="")
    with pytest.raises(EgressDeniedError) as caught:
        await service.untrusted().get(url.format(port=trap.port))
    assert opened == []
    assert trap.connections == 0
    assert isinstance(caught.value, httpx.RequestError)
    assert "secret" not in str(caught.value)


async def test_an_absolute_name_is_no_way_round(serve, egress, opened):
    trap = await serve()
    service = await egress(EGRESS_ALLOW="")
    with pytest.raises(EgressError):  # not every resolver knows it with its final dot
        await service.untrusted(limits=Limits(retries=0)).get(f"HTTP://LOCALHOST.:{trap.port}/")
    assert opened == []


async def test_the_trap_would_have_caught_one(serve, egress, opened):
    trap = await serve()
    await (await egress()).untrusted().get(trap.url)
    assert opened == [("127.0.0.1", trap.port)]


@pytest.mark.parametrize("port", [22, 25, 1024])
async def test_ports_that_are_not_allowed_are_refused(port, egress, opened):
    service = await egress()
    with pytest.raises(EgressDeniedError, match=f"port {port} is not among the allowed"):
        await service.untrusted().get(f"http://127.0.0.1:{port}/")
    assert opened == []


async def test_the_allowed_ports_are_a_setting(serve, egress):
    server = await serve()
    service = await egress(EGRESS_ALLOWED_PORTS=f"443,{server.port}")
    assert (await service.untrusted().get(server.url)).status_code == 200
    with pytest.raises(EgressDeniedError, match="port 80 "):
        await service.untrusted().get("http://127.0.0.1/")


@pytest.mark.parametrize(
    ("deny", "host"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("127.0.0.0/30", "localhost"),
        ("*.local.test", "a.local.test"),
    ],
)
async def test_the_deny_list_wins(deny, host, serve, egress, names, opened):
    server = await serve()
    resolver = names(a_local_test=[["127.0.0.1"]])
    service = await egress(EGRESS_ALLOW="127.0.0.0/8,::1,localhost,*.local.test", EGRESS_DENY=deny, resolver=resolver)
    with pytest.raises(EgressDeniedError):
        await service.untrusted().get(f"http://{host}:{server.port}/")
    assert opened == []


@pytest.mark.parametrize(
    "inside", ["::ffff:192.0.2.9", "64:ff9b::c000:209", "2002:c000:209::", "::c000:209", "2001:0:c000:209::"]
)
def test_a_denied_address_is_denied_in_every_wrapping(inside):
    assert ip_address("192.0.2.9") in (set(faces(ip_address(inside))) | {ip_address(inside).ipv4_mapped})
    settings = EgressSettings(EGRESS_ALLOW="0.0.0.0/0,::/0", EGRESS_DENY="192.0.2.0/24")
    with pytest.raises(ssrfguard.BlockedAddressError, match="denied"):
        Destinations.of(settings).verdicts("any.example").check_address(inside)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_public_addresses_are_fine(address):
    verdicts = Destinations.of(EgressSettings()).verdicts("any.example")
    assert verdicts.check_address(address) is None


def test_an_allowed_prefix_of_translation_does_not_let_loopback_through():
    verdicts = Destinations.of(EgressSettings(EGRESS_ALLOW="64:ff9b::/96")).verdicts("any.example")
    with pytest.raises(ssrfguard.BlockedAddressError):
        verdicts.check_address("64:ff9b::7f00:1")


async def test_a_trusted_client_reaches_private_addresses_and_any_port(serve, egress):
    server = await serve()
    service = await egress(EGRESS_ALLOW="", EGRESS_DENY="127.0.0.0/8", EGRESS_ALLOWED_PORTS="443")
    assert (await service.trusted().get(server.url)).status_code == 200


async def test_a_trusted_client_speaks_http_alone(egress):
    service = await egress()
    with pytest.raises(httpx.TransportError, match="only http and https"):
        await service.trusted().get("ftp://127.0.0.1/")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999999/", f"http://{'a' * 64}.test/", "http://a..b/", "http://.../"]
)
async def test_an_address_that_is_none_is_an_error_of_ours(url, egress):
    service = await egress()
    for client in (service.trusted(limits=Limits(retries=0)), service.untrusted(limits=Limits(retries=0))):
        with pytest.raises(EgressError):
            await client.get(url)


async def test_a_name_that_nobody_knows_is_no_refusal(egress):
    def unknown(*_):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    service = await egress(resolver=unknown)
    with pytest.raises(httpx.ConnectError, match="cannot be looked up"):
        await service.untrusted().get("http://nobody.example/")
