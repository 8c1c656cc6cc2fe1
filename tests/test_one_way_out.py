"""Nothing opens connections of its own: outbound HTTP goes through the service `Egress`, bar what is named here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ("dify_runtime/**/*.py", "sdk/src/**/*.py", "plugins/*/src/**/*.py")

EXCEPTIONS = {
    "plugins/config-apollo/": "a config source: it is asked before any plugin has started",
    "plugins/config-nacos/": "a config source: it is asked before any plugin has started",
    "plugins/egress/": "the way out itself",
    "plugins/foundation/src/dify_foundation/commands/probe.py": "asks the operator's own server, from the command line",
    "plugins/mail/src/dify_mail/smtp/transport.py": "speaks SMTP, which is not HTTP",
    "plugins/sandbox/src/dify_sandbox/local/seat.py": "wraps one end of a socket pair; its child has the other",
    "dify_runtime/testing/booted.py": "a client of the application in the same process, for tests",
}
"""Where connections may be opened, and why."""

IMPORTS = frozenset(
    (
        "aiohttp",
        "aiosmtplib",
        "curl_cffi",
        "ftplib",
        "http.client",
        "httpcore",
        "httpx_sse",
        "niquests",
        "pycurl",
        "requests",
        "smtplib",
        "telnetlib",
        "urllib.request",
        "urllib3",
        "websocket",
        "websockets",
        "xmlrpc.client",
    )
)
"""Modules that open connections; importing one is enough."""

CALLS = frozenset(
    (
        *(f"httpx.{name}" for name in ("AsyncClient", "Client", "AsyncHTTPTransport", "HTTPTransport")),
        *(
            f"httpx.{name}"
            for name in ("delete", "get", "head", "options", "patch", "post", "put", "request", "stream")
        ),
        "asyncio.open_connection",
        "asyncio.open_unix_connection",
        "socket.create_connection",
        "anyio.connect_tcp",
    )
)
"""What opens connections in modules that are also good for something else."""

METHODS = frozenset(("create_connection", "sock_connect", "create_unix_connection"))
"""Methods of event loops that open connections."""


class Finder(ast.NodeVisitor):
    """Collects what one module does to open connections: (line, what)."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self._names: dict[str, str] = {}

    def visit_Import(self, node: ast.Import) -> None:
        for one in node.names:
            self._imported(node, one.name)
            top = one.name.partition(".")[0]
            self._names[one.asname or top] = one.name if one.asname else top

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or node.module is None:
            return
        self._imported(node, node.module)
        for one in node.names:
            full = f"{node.module}.{one.name}"
            self._imported(node, full)
            self._names[one.asname or one.name] = full

    def visit_If(self, node: ast.If) -> None:
        """Imports for types alone open nothing."""
        if ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for one in node.orelse:
                self.visit(one)
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = self._full(node.func)
        if called in CALLS:
            self.found.append((node.lineno, called))
        elif called in ("importlib.import_module", "__import__") and node.args:
            self._imported(node, getattr(node.args[0], "value", ""))
        elif isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            self.found.append((node.lineno, f".{node.func.attr}"))
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.found.extend((node.lineno, base) for one in node.bases if (base := self._full(one)) in CALLS)
        self.generic_visit(node)

    def _imported(self, node: ast.AST, module: object) -> None:
        for known in IMPORTS:
            if isinstance(module, str) and (module == known or module.startswith(f"{known}.")):
                self.found.append((getattr(node, "lineno", 0), known))

    def _full(self, node: ast.expr) -> str:
        """A dotted name with its first part replaced by what was imported under it."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join((self._names.get(node.id, node.id), *reversed(parts)))


def connections(text: str) -> list[tuple[int, str]]:
    finder = Finder()
    finder.visit(ast.parse(text))
    return sorted(set(finder.found))


def modules() -> Iterator[tuple[str, str]]:
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def is_excepted(name: str) -> bool:
    return any(name.startswith(place) if place.endswith("/") else name == place for place in EXCEPTIONS)


def test_nobody_opens_connections_but_those_who_may():
    found = [
        f"{name}:{line}: {what}"
        for name, text in modules()
        if not is_excepted(name)
        for line, what in connections(text)
    ]
    assert found == [], "look the service Egress up instead, or name the module and the reason in EXCEPTIONS"


@pytest.mark.parametrize("place", EXCEPTIONS)
def test_every_exception_is_one(place):
    texts = [text for name, text in modules() if name.startswith(place)]
    assert any(connections(text) for text in texts), f"{place} opens no connection: take it out of EXCEPTIONS"
    assert EXCEPTIONS[place]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import httpx\nhttpx.AsyncClient()", "httpx.AsyncClient"),
        ("import httpx as h\nh.Client(verify=False)", "httpx.Client"),
        ("from httpx import AsyncClient as C\nasync def f():\n    async with C() as client: ...", "httpx.AsyncClient"),
        ("def f():\n    import httpx\n    return httpx.get('http://a')", "httpx.get"),
        ("import httpx\nclass Mine(httpx.AsyncClient): ...", "httpx.AsyncClient"),
        ("import httpx\nhttpx.AsyncHTTPTransport()", "httpx.AsyncHTTPTransport"),
        ("import httpcore", "httpcore"),
        ("import aiohttp", "aiohttp"),
        ("from requests import Session", "requests"),
        ("import requests.sessions", "requests"),
        ("from urllib import request", "urllib.request"),
        ("import urllib.request as r", "urllib.request"),
        ("from urllib.request import urlopen", "urllib.request"),
        ("from http import client", "http.client"),
        ("import importlib\nimportlib.import_module('aiohttp')", "aiohttp"),
        ("__import__('requests')", "requests"),
        ("import socket\nsocket.create_connection(('a', 1))", "socket.create_connection"),
        ("from asyncio import open_connection as o\nasync def f(): await o('a', 1)", "asyncio.open_connection"),
        ("async def f(loop): await loop.create_connection(P, 'a', 1)", ".create_connection"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING: ...\nelse:\n    import aiohttp", "aiohttp"),
    ],
)
def test_a_planted_connection_is_found(text, found):
    assert [what for _, what in connections(text)] == [found]


@pytest.mark.parametrize(
    "text",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import httpx\n    import aiohttp",
        "import httpx\ndef f(client: httpx.AsyncClient) -> httpx.Response: ...",
        "import httpx\nhttpx.URL('http://a')",
        "import urllib.parse\nfrom http import HTTPStatus\nfrom http.cookiejar import CookieJar",
        "import socket\nsocket.socket().bind(('', 0))",
        "from . import requests\nfrom .http import client",
        "request.get('key')",
    ],
)
def test_what_opens_nothing_is_left_alone(text):
    assert connections(text) == []


def test_a_planted_module_is_found_where_it_lies(tmp_path, monkeypatch):
    place = tmp_path / "plugins/tools/src/dify_tools/fetch.py"
    place.parent.mkdir(parents=True)
    place.write_text("import httpx\n\nclient = httpx.AsyncClient()\n", encoding="utf-8")
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    with pytest.raises(AssertionError, match=r"plugins/tools/src/dify_tools/fetch\.py:3: httpx\.AsyncClient"):
        test_nobody_opens_connections_but_those_who_may()
