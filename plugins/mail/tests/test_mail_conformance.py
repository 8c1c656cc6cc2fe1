"""The back ends keep the contract: the suite of the SDK."""

import asyncio

import pytest

from dify_egress.plugin import EgressPlugin
from dify_mail.addresses import Mailbox
from dify_mail.resend.settings import ResendSettings
from dify_mail.resend.transport import ResendTransport
from dify_mail.sendgrid.settings import SendgridSettings
from dify_mail.sendgrid.transport import SendgridTransport
from dify_mail.smtp.settings import SmtpSettings
from dify_mail.smtp.transport import SmtpTransport
from dify_runtime_sdk.egress import Egress
from dify_runtime_sdk.testing.mail import MailTransportSuite, Received


@pytest.fixture
async def dead_port():
    """A port at which nothing listens."""
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    return port


def smtp_transport(port):
    return SmtpTransport(SmtpSettings(SMTP_SERVER="127.0.0.1", SMTP_PORT=port))


def from_smtp(envelope, message):
    parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
    text, html = (parts.get(kind, "") for kind in ("text/plain", "text/html"))
    return Received(envelope.rcpt_tos, envelope.mail_from, str(message["Subject"]), text, html)


class TestSmtp(MailTransportSuite):
    """The back end `smtp`."""

    @pytest.fixture
    async def server(self, smtp):
        return await smtp()

    @pytest.fixture
    def transport(self, server):
        return smtp_transport(server.port)

    @pytest.fixture
    def received(self, server):
        return lambda: [from_smtp(*pair) for pair in zip(server.envelopes, server.messages, strict=True)]

    @pytest.fixture
    def refusing_transport(self, server):
        server.answers["DATA"] = "554 no"
        return smtp_transport(server.port)

    @pytest.fixture
    def busy_transport(self, server):
        server.answers["MAIL"] = "451 later"
        return smtp_transport(server.port)

    @pytest.fixture
    def dead_transport(self, dead_port):
        return smtp_transport(dead_port)


class ApiSuite(MailTransportSuite):
    """What the back ends that are HTTP APIs share."""

    @pytest.fixture
    async def egress(self, runtime):
        booted = await runtime({"egress": EgressPlugin}, environ={"SSRF_DEFAULT_MAX_RETRIES": "1"})
        return lambda: booted.services.get(Egress)

    @pytest.fixture
    async def server(self, api):
        return await api((200, {"id": "1"}))

    @pytest.fixture
    def transport(self, server, egress):
        return self.made(server.url, egress)

    @pytest.fixture
    def received(self, server):
        return lambda: [self.seen(body) for _, _, body in server.requests]

    @pytest.fixture
    async def refusing_transport(self, api, egress):
        return self.made((await api((422, None))).url, egress)

    @pytest.fixture
    async def busy_transport(self, api, egress):
        return self.made((await api((429, None))).url, egress)

    @pytest.fixture
    def dead_transport(self, dead_port, egress):
        return self.made(f"http://127.0.0.1:{dead_port}", egress)


class TestResend(ApiSuite):
    """The back end `resend`."""

    def made(self, url, egress):
        return ResendTransport(ResendSettings(RESEND_API_KEY="key", RESEND_API_URL=url), egress)

    def seen(self, body):
        to = [Mailbox.parse(one).address for one in body["to"]]
        sender = Mailbox.parse(body["from"]).address
        return Received(to, sender, body["subject"], body.get("text", ""), body.get("html", ""))


class TestSendgrid(ApiSuite):
    """The back end `sendgrid`."""

    def made(self, url, egress):
        return SendgridTransport(SendgridSettings(SENDGRID_API_KEY="key", SENDGRID_API_URL=url), egress)

    def seen(self, body):
        parts = {part["type"]: part["value"] for part in body["content"]}
        to = [one["email"] for personal in body["personalizations"] for one in personal["to"]]
        text, html = (parts.get(kind, "") for kind in ("text/plain", "text/html"))
        return Received(to, body["from"]["email"], body["subject"], text, html)
