"""Messages by the APIs of Resend and SendGrid, to real HTTP servers on loopback."""

import pytest

from dify_mail.plugin import MailPlugin
from dify_mail.resend.plugin import MailResendPlugin
from dify_mail.sendgrid.plugin import MailSendgridPlugin
from dify_runtime_sdk import DifyRuntimeError
from dify_runtime_sdk.mail import MailError, MailRefusedError, Message

MESSAGE = Message(
    ["Ada <ada@example.org>", "bob@example.org"],
    "Grüße",
    text="Hello",
    html="<p>Hello</p>",
    reply_to="help@example.com",
)
KEY = "re_s3cret"
REFUSALS = {
    "resend": lambda text: {"statusCode": 422, "name": "validation_error", "message": text},
    "sendgrid": lambda text: {"errors": [{"message": text, "field": "from", "help": None}]},
}
KINDS = sorted(REFUSALS)


def settings(kind, server):
    return {
        "resend": {"MAIL_TYPE": kind, "RESEND_API_KEY": KEY, "RESEND_API_URL": f"{server.url}/"},
        "sendgrid": {"MAIL_TYPE": kind, "SENDGRID_API_KEY": KEY, "SENDGRID_API_URL": f"{server.url}/"},
    }[kind]


async def test_resend_is_given_what_it_documents(api, mailer):
    server = await api((200, {"id": "49a3999c"}))
    await (await mailer(settings("resend", server))).send(MESSAGE)
    ((line, headers, body),) = server.requests
    assert line == "POST /emails HTTP/1.1"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"
    assert len(headers["idempotency-key"]) == 32
    assert body == {
        "from": '"Dify" <no-reply@example.com>',
        "to": ['"Ada" <ada@example.org>', "bob@example.org"],
        "subject": "Grüße",
        "text": "Hello",
        "html": "<p>Hello</p>",
        "reply_to": "help@example.com",
    }


async def test_sendgrid_is_given_what_it_documents(api, mailer):
    server = await api((202, None))
    await (await mailer(settings("sendgrid", server))).send(MESSAGE)
    ((line, headers, body),) = server.requests
    assert line == "POST /v3/mail/send HTTP/1.1"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert body == {
        "personalizations": [{"to": [{"email": "ada@example.org", "name": "Ada"}, {"email": "bob@example.org"}]}],
        "from": {"email": "no-reply@example.com", "name": "Dify"},
        "reply_to": {"email": "help@example.com"},
        "subject": "Grüße",
        "content": [{"type": "text/plain", "value": "Hello"}, {"type": "text/html", "value": "<p>Hello</p>"}],
    }


@pytest.mark.parametrize("kind", KINDS)
async def test_one_part_is_enough(kind, api, mailer):
    server = await api((200, {"id": "1"}))
    await (await mailer(settings(kind, server))).send(Message(["ada@example.org"], "Hello", html="<p>x</p>"))
    ((_, _, body),) = server.requests
    assert "text" not in body
    assert "reply_to" not in body
    assert body.get("html", "<p>x</p>") == "<p>x</p>"


async def test_a_message_with_a_key_is_told_to_resend_as_one(api, mailer):
    server = await api((503, None), (200, {"id": "1"}))
    await (await mailer(settings("resend", server))).send(Message(["a@b.example"], "Hi", text="x", key="invite.42"))
    assert [headers["idempotency-key"] for _, headers, _ in server.requests] == ["invite.42", "invite.42"]


async def test_sendgrid_cannot_tell_and_is_asked_once(api, mailer):
    server = await api((503, None))
    with pytest.raises(MailError) as caught:
        await (await mailer(settings("sendgrid", server))).send(MESSAGE)
    assert caught.value.temporary
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "temporary"),
    [(400, False), (401, False), (403, False), (413, False), (422, False), (409, True), (500, True)],
)
async def test_a_refusal_says_why_and_whether_it_is_final(kind, status, temporary, api, mailer):
    server = await api((status, REFUSALS[kind](f"The key {KEY} may not\nsend from here.")))
    with pytest.raises(MailError, match=rf"{status}: The key \*\*\* may not send from here\.") as caught:
        await (await mailer(settings(kind, server))).send(MESSAGE)
    assert caught.value.temporary is temporary
    assert caught.value.hint
    assert KEY not in f"{caught.value!s} {caught.value!r}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [None, [], "x", {"errors": None}, {"message": 5, "errors": [{}]}])
async def test_a_refusal_without_a_reason_is_one_too(kind, body, api, mailer):
    server = await api((400, body))
    with pytest.raises(MailRefusedError, match="answers 400"):
        await (await mailer(settings(kind, server))).send(MESSAGE)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_api_that_is_down_is_a_passing_trouble(kind, api, mailer, monkeypatch):
    server = await api((200, None))
    server.port = 1
    with pytest.raises(MailError, match="cannot be reached") as caught:
        await (await mailer(settings(kind, server) | {"SSRF_DEFAULT_MAX_RETRIES": "1"})).send(MESSAGE)
    assert caught.value.temporary
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [{}, {"": ""}])
async def test_a_key_that_is_missing_is_named_at_start(kind, value, boot):
    name = f"{kind.upper()}_API_KEY"
    with pytest.raises(DifyRuntimeError, match=f"MAIL_TYPE is {kind}, and {name} is not set"):
        await boot({"MAIL_TYPE": kind} | ({name: ""} if value else {}))


@pytest.mark.parametrize("kind", KINDS)
async def test_without_the_plugin_egress_the_boot_stops(kind, runtime):
    plugins = {"mail": MailPlugin, "mail-resend": MailResendPlugin, "mail-sendgrid": MailSendgridPlugin}
    environ = {"MAIL_TYPE": kind, "RESEND_API_KEY": KEY, "SENDGRID_API_KEY": KEY}
    with pytest.raises(DifyRuntimeError, match="needs the service Egress"):
        await runtime(plugins, environ=environ)
