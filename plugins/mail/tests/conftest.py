"""A real SMTP server and a real HTTP API on loopback, and a runtime with the mail plugins."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from dify_egress.plugin import EgressPlugin
from dify_mail.plugin import MailPlugin
from dify_mail.resend.plugin import MailResendPlugin
from dify_mail.sendgrid.plugin import MailSendgridPlugin
from dify_mail.smtp.plugin import MailSmtpPlugin
from dify_runtime.testing.booted import BootedRuntime, RuntimeFactory
from dify_runtime_sdk.mail import Mailer

PLUGINS = {
    "mail": MailPlugin,
    "mail-smtp": MailSmtpPlugin,
    "mail-resend": MailResendPlugin,
    "mail-sendgrid": MailSendgridPlugin,
    "egress": EgressPlugin,
}
SENDER = "Dify <no-reply@example.com>"


@dataclass
class MailServer:
    """What an SMTP server was given, and what it answers."""

    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    logins: list[LoginPassword] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """Recipient, `MAIL` or `DATA` to the answer instead of acceptance."""
    hang_at: str | None = None
    hanging: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def settings(self) -> dict[str, str]:
        """The settings that select this server."""
        return {"MAIL_TYPE": "smtp", "SMTP_SERVER": "127.0.0.1", "SMTP_PORT": str(self.port)}

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(bytes(one.content or b""), policy=policy.default) for one in self.envelopes]

    async def _answer(self, at: str, otherwise: str) -> str:
        if at == self.hang_at:
            self.hanging.set()
            await asyncio.Event().wait()
        return self.answers.get(at, otherwise)

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self._answer("MAIL", "250 OK")

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if address not in self.answers:
            envelope.rcpt_tos.append(address)
        return await self._answer(address, "250 OK")

    async def handle_DATA(self, _server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        answer = await self._answer("DATA", "250 OK")
        if answer.startswith("250"):
            self.envelopes.append(envelope)
            self.sessions.append(session)
        return answer

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        return await self._answer("QUIT", "221 Bye")

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _kind: str, login: Any) -> AuthResult:
        self.logins.append(login)
        return AuthResult(success=login.password == b"s3cret", handled=False)


@pytest.fixture
async def smtp(runtime: RuntimeFactory) -> AsyncIterator[Callable[..., Awaitable[MailServer]]]:
    """Start SMTP servers; `implicit` is a TLS context for the first byte, other options are aiosmtpd's."""
    listeners: list[asyncio.Server] = []
    protocols: list[SMTP] = []

    async def smtp(*, implicit: ssl.SSLContext | None = None, login: bool = False, **options: Any) -> MailServer:
        server = MailServer()
        if login:
            options |= {"authenticator": server.authenticate, "auth_require_tls": False}

        def protocol() -> SMTP:
            protocols.append(SMTP(server, enable_SMTPUTF8=True, hostname="mail.test", **options))
            return protocols[-1]

        listener = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=implicit)
        listeners.append(listener)
        server.port = listener.sockets[0].getsockname()[1]
        return server

    yield smtp
    for listener in listeners:
        listener.close()
    for protocol in protocols:
        if protocol.transport is not None:
            protocol.transport.abort()
        if protocol._handler_coroutine is not None:
            protocol._handler_coroutine.cancel()
            await asyncio.gather(protocol._handler_coroutine, return_exceptions=True)


@dataclass
class Api:
    """An HTTP API that notes what it is asked and answers what it is told."""

    answers: list[tuple[int, bytes]]
    port: int = 0
    requests: list[tuple[str, Mapping[str, str], Any]] = field(default_factory=list)
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                pairs = (line.partition(": ") for line in head[1:-2])
                headers = {name.lower(): value for name, _, value in pairs}
                body = await reader.readexactly(int(headers["content-length"]))
                self.requests.append((head[0], headers, json.loads(body)))
                status, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer)
                await writer.drain()
        writer.transport.abort()

    async def stop(self) -> None:
        """Cut all connections."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@pytest.fixture
async def api(runtime: RuntimeFactory) -> AsyncIterator[Callable[..., Awaitable[Api]]]:
    """Start HTTP APIs that give these answers, (status, JSON), in order, the last one for ever.

    They end before `runtime` does, which looks for what is left running.
    """
    listeners: list[asyncio.Server] = []
    apis: list[Api] = []

    async def api(*answers: tuple[int, Any]) -> Api:
        made = Api([(status, b"" if body is None else json.dumps(body).encode()) for status, body in answers])
        apis.append(made)
        listener = await asyncio.start_server(made.serve, "127.0.0.1", 0)
        listeners.append(listener)
        made.port = listener.sockets[0].getsockname()[1]
        return made

    yield api
    for listener in listeners:
        listener.close()
    for made in apis:
        await made.stop()


@pytest.fixture
def boot(runtime: RuntimeFactory) -> Callable[..., Awaitable[BootedRuntime]]:
    """Boot the mail plugins and more, with these settings in the environment."""

    async def boot(settings: Mapping[str, str], **more: Any) -> BootedRuntime:
        return await runtime(PLUGINS | more, environ={"MAIL_DEFAULT_SEND_FROM": SENDER} | dict(settings))

    return boot


@pytest.fixture
def mailer(boot: Any) -> Callable[..., Awaitable[Mailer]]:
    """The service of a runtime with these settings."""

    async def mailer(settings: Mapping[str, str]) -> Mailer:
        return await (await boot(settings)).services.get(Mailer)

    return mailer


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody knows."""
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    """The file that makes it known."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """The server's side of TLS, certified for 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context
