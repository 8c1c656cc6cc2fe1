"""The proxy for what tenants name: its configuration as Squid reads it, and what it lets through."""

import http.client
import http.server
import ipaddress
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.deployment.compose import ROOT, load
from tests.deployment.running import PATIENCE, Process, free_port, open_directory, program

SOURCE = ROOT / "docs/deploy/squid/squid.conf"
TEXT = SOURCE.read_text(encoding="utf-8")
ALLOW = ROOT / "docs/deploy/squid/allow.d"
SPECIAL = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4"),
    *("240.0.0.0/4", "168.63.129.16/32", "::/128", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64"),
    *("2001::/32", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8"),
]
"""Networks that are not of the public internet, and those that lead to one that is not."""
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00::1"]


def private_networks():
    lines = re.findall(r"^acl private dst ([^#\n]+)", TEXT, re.MULTILINE)
    return [ipaddress.ip_network(one) for line in lines for one in line.split()]


@pytest.mark.parametrize("network", SPECIAL)
def test_a_network_that_is_not_public_is_refused(network):
    wanted = ipaddress.ip_network(network)
    assert any(wanted.version == one.version and wanted.subnet_of(one) for one in private_networks())


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_not(address):
    assert not any(ipaddress.ip_address(address) in one for one in private_networks())


def test_the_container_runs_this_configuration():
    service = load()["services"]["ssrf_proxy"]
    mounts = dict(mount.split(":")[:2] for mount in service["volumes"])
    assert service["entrypoint"][-2:] == ["-f", mounts[f"./{SOURCE.relative_to(ROOT)}"]]
    assert f"include {mounts[f'./{ALLOW.relative_to(ROOT)}']}/*.conf" in TEXT


def test_squid_accepts_it():
    with open_directory() as directory:
        file = directory / "squid.conf"
        file.write_text(TEXT.replace("/etc/squid/allow.d", str(ALLOW)))
        command = [program("squid"), "-k", "parse", "-f", str(file)]
        parsed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert parsed.returncode == 0, parsed.stderr
    assert re.findall(r".*(?:WARNING|ERROR|FATAL).*", parsed.stderr) == []


class Target(http.server.BaseHTTPRequestHandler):
    """Answers with the headers that came."""

    def do_GET(self) -> None:
        body = f"{self.path}\n{self.headers}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Proxy:
    """A running proxy, with a server on loopback that may only be reached by `allowed`."""

    port: int
    sandbox_port: int
    target: int
    process: Process

    def get(self, url: str) -> httpx.Response:
        with httpx.Client(proxy=f"http://127.0.0.1:{self.port}", timeout=PATIENCE) as client:
            return client.get(url)


@contextmanager
def target() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def configuration(directory: Path, ports: tuple[int, int], target_port: int) -> str:
    """Ours with other ports; the one exception is 127.0.0.5, and the sandbox is on loopback."""
    (directory / "allow.conf").write_text("acl wiki dst 127.0.0.5\nhttp_access allow wiki\n")
    text = TEXT.replace("/etc/squid/allow.d", str(directory)).replace(
        "http_port 3128", f"http_port 127.0.0.1:{ports[0]}"
    )
    text = text.replace("http_port 8194", f"http_port 127.0.0.1:{ports[1]}")
    return text.replace("cache_peer sandbox parent 8194", f"cache_peer 127.0.0.1 parent {target_port}")


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    ports = free_port(), free_port()
    with open_directory() as directory, target() as target_port:
        (directory / "allow.d").mkdir()
        file = directory / "squid.conf"
        file.write_text(configuration(directory / "allow.d", ports, target_port))
        service = f"squid{ports[0]}"  # its shared memory has this name: two at once must not share it
        command = [program("squid"), "-N", "-n", service, "-f", str(file)]
        process = Process(directory / "log", command, {"PATH": os.environ["PATH"]}, directory, user="proxy")
        process.start()
        try:
            process.wait_until_it_listens(*ports)
            yield Proxy(*ports, target_port, process)
        finally:
            process.kill()
            for segment in Path("/dev/shm").glob(f"{service}-*"):
                segment.unlink()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "[::127.0.0.1]", "0.0.0.0"])
def test_a_private_address_is_refused_however_it_is_written(proxy, host):
    asking = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=PATIENCE)
    with closing(asking):
        asking.request("GET", f"http://{host}:{proxy.target}/")
        answer = asking.getresponse()
        assert answer.status == 403
        assert answer.headers["X-Squid-Error"] == "ERR_ACCESS_DENIED 0"


def test_a_tunnel_to_a_private_address_is_refused(proxy):
    with pytest.raises(httpx.ProxyError, match="403"):
        proxy.get("https://127.0.0.1/")


def test_a_tunnel_to_another_port_than_443_is_refused(proxy):
    with pytest.raises(httpx.ProxyError, match="403"):
        proxy.get(f"https://127.0.0.6:{proxy.target}/")


def test_the_runtime_recognises_the_refusal(proxy):
    answer = proxy.get(f"http://127.0.0.1:{proxy.target}/")
    assert answer.status_code == 403
    assert "squid" in f"{answer.headers.get('Server')} {answer.headers.get('Via')}"


def test_an_exception_is_let_through_and_learns_nothing_of_the_client(proxy):
    with http.server.ThreadingHTTPServer(("127.0.0.5", 0), Target) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        answer = proxy.get(f"http://127.0.0.5:{server.server_port}/page")
        thread.join()
    assert answer.status_code == 200
    assert answer.text.startswith("/page\n")
    assert "X-Forwarded-For" not in answer.text


def test_requests_to_the_sandbox_come_in_by_a_port_of_their_own(proxy):
    answer = httpx.get(f"http://127.0.0.1:{proxy.sandbox_port}/health", headers={"X-Api-Key": "k"}, timeout=PATIENCE)
    assert answer.status_code == 200
    assert answer.text.startswith("/health\n")
    assert "X-Api-Key: k" in answer.text
