"""Messages by SMTP, to a real server on loopback."""

import asyncio

import pytest

from dify_runtime_sdk import DifyRuntimeError
from dify_runtime_sdk.mail import MailError, MailRefusedError, Message

MESSAGE = Message(["Ada <ada@example.org>"], "Hello", text="Good morning.")


async def test_a_message_arrives_as_it_is(smtp, mailer):
    server = await smtp()
    message = Message(
        ["Ada Lovelace <ada@example.org>", "bob@example.org"],
        "Grüße aus 北京",
        text="Guten Morgen, 世界.\n.\nEnde",
        html="<p>Guten Morgen, <b>世界</b>.</p>",
        sender='"Wörld, Inc." <hello@example.com>',
        reply_to="help@example.com",
        key="invite.42",
    )
    await (await mailer(server.settings)).send(message)
    (envelope,), (received,) = server.envelopes, server.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == ("hello@example.com", ["ada@example.org", "bob@example.org"])
    assert received["Subject"] == "Grüße aus 北京"
    assert str(received["From"]) == '"Wörld, Inc." <hello@example.com>'
    assert str(received["To"]) == "Ada Lovelace <ada@example.org>, bob@example.org"
    assert received["Reply-To"] == "help@example.com"
    assert received["Message-ID"] == "<invite.42@example.com>"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Date"]
    text, html = received.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == "Guten Morgen, 世界.\n.\nEnde\n"
    assert html.get_content().strip() == "<p>Guten Morgen, <b>世界</b>.</p>"
    assert bytes(envelope.content).isascii()


@pytest.mark.parametrize(("part", "kind"), [({"text": "x"}, "text/plain"), ({"html": "<p>x</p>"}, "text/html")])
async def test_one_part_is_enough(part, kind, smtp, mailer):
    server = await smtp()
    await (await mailer(server.settings)).send(Message(["ada@example.org"], "Hello", **part))
    (received,) = server.messages
    assert received.get_content_type() == kind
    assert str(received["From"]) == "Dify <no-reply@example.com>"
    assert received["Message-ID"].endswith("@example.com>")


async def test_a_long_line_survives(smtp, mailer):
    server = await smtp()
    line = "word " * 1000
    await (await mailer(server.settings)).send(Message(["ada@example.org"], "Hello", text=line))
    assert server.messages[0].get_content().strip() == line.strip()
    assert max(map(len, bytes(server.envelopes[0].content).split(b"\r\n"))) < 998


async def test_an_address_in_another_script_is_handed_over(smtp, mailer):
    server = await smtp()
    await (await mailer(server.settings)).send(Message(["用户@例子.广告"], "Hello", text="x"))
    assert server.envelopes[0].rcpt_tos == ["用户@xn--fsqu00a.xn--4rr70v"]
    assert "SMTPUTF8" in server.envelopes[0].mail_options


async def test_our_name_is_a_setting(smtp, mailer):
    server = await smtp()
    await (await mailer(server.settings | {"SMTP_LOCAL_HOSTNAME": "runtime.test"})).send(MESSAGE)
    assert server.sessions[0].host_name == "runtime.test"


async def test_tls_from_the_first_byte(smtp, mailer, tls, bundle):
    server = await smtp(implicit=tls)
    settings = server.settings | {"SMTP_USE_TLS": "true", "SMTP_CA_BUNDLE": bundle}
    await (await mailer(settings)).send(MESSAGE)
    assert len(server.messages) == 1


async def test_tls_by_starttls(smtp, mailer, tls, bundle):
    server = await smtp(tls_context=tls, require_starttls=True)
    settings = {"SMTP_USE_TLS": "true", "SMTP_OPPORTUNISTIC_TLS": "true", "SMTP_CA_BUNDLE": bundle}
    await (await mailer(server.settings | settings)).send(MESSAGE)
    assert server.sessions[0].ssl is not None


async def test_a_server_without_starttls_gets_nothing(smtp, mailer):
    server = await smtp()
    settings = {"SMTP_USE_TLS": "true", "SMTP_OPPORTUNISTIC_TLS": "true"}
    with pytest.raises(MailRefusedError, match="STARTTLS"):
        await (await mailer(server.settings | settings)).send(MESSAGE)
    assert server.envelopes == []


@pytest.mark.parametrize("starttls", [True, False])
async def test_a_certificate_is_verified_unless_the_operator_says_otherwise(starttls, smtp, mailer, tls):
    server = await smtp(tls_context=tls) if starttls else await smtp(implicit=tls)
    settings = server.settings | {"SMTP_USE_TLS": "true", "SMTP_OPPORTUNISTIC_TLS": str(starttls)}
    with pytest.raises(MailError, match="CERTIFICATE_VERIFY_FAILED"):
        await (await mailer(settings)).send(MESSAGE)
    await (await mailer(settings | {"SMTP_TLS_VERIFY": "false"})).send(MESSAGE)
    assert len(server.messages) == 1


async def test_a_login_is_made(smtp, mailer):
    server = await smtp(login=True)
    await (await mailer(server.settings | {"SMTP_USERNAME": "us", "SMTP_PASSWORD": "s3cret"})).send(MESSAGE)
    assert (server.logins[-1].login, len(server.messages)) == (b"us", 1)


async def test_a_wrong_login_is_final_and_not_shown(smtp, mailer):
    server = await smtp(login=True)
    with pytest.raises(MailRefusedError, match="SMTP_USERNAME and SMTP_PASSWORD") as caught:
        await (await mailer(server.settings | {"SMTP_USERNAME": "us", "SMTP_PASSWORD": "hunter2"})).send(MESSAGE)
    assert "hunter2" not in f"{caught.value!s} {caught.value!r}"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("at", "answer", "temporary"),
    [
        ("MAIL", "550 go away", False),
        ("MAIL", "451 later", True),
        ("ada@example.org", "550 no such user", False),
        ("ada@example.org", "450 mailbox busy", True),
        ("DATA", "554 looks like spam", False),
        ("DATA", "452 disk full", True),
    ],
)
async def test_a_refusal_says_why_and_whether_it_is_final(at, answer, temporary, smtp, mailer):
    server = await smtp()
    server.answers[at] = answer
    with pytest.raises(MailError, match=answer) as caught:
        await (await mailer(server.settings)).send(MESSAGE)
    assert caught.value.temporary is temporary
    assert f"127.0.0.1:{server.port}" in caught.value.message


async def test_a_refusal_of_some_recipients_names_them(smtp, mailer):
    server = await smtp()
    server.answers["bob@example.org"] = "450 mailbox busy"
    message = Message(["ada@example.org", "bob@example.org"], "Hello", text="x")
    with pytest.raises(MailRefusedError, match=r"1 of the recipients: bob@example.org: 450 mailbox busy"):
        await (await mailer(server.settings)).send(message)
    assert server.envelopes[0].rcpt_tos == ["ada@example.org"]


@pytest.mark.parametrize("at", ["MAIL", "ada@example.org", "DATA"])
async def test_a_server_that_hangs_is_given_up(at, smtp, mailer):
    server = await smtp()
    server.hang_at = at
    with pytest.raises(MailError, match="does not answer within") as caught:
        await (await mailer(server.settings | {"SMTP_TIMEOUT": "0.2"})).send(MESSAGE)
    assert caught.value.temporary


async def test_a_server_that_never_greets_is_given_up(mailer):
    async def silent(reader, writer):
        await reader.read()
        writer.transport.abort()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = str(listener.sockets[0].getsockname()[1])
    settings = {"MAIL_TYPE": "smtp", "SMTP_SERVER": "127.0.0.1", "SMTP_PORT": port, "SMTP_TIMEOUT": "0.1"}
    with pytest.raises(MailError, match="does not answer within"):
        await (await mailer(settings)).send(MESSAGE)
    listener.close()


async def test_a_bad_farewell_is_no_failure(smtp, mailer):
    server = await smtp()
    server.answers["QUIT"] = "500 what?"
    await (await mailer(server.settings)).send(MESSAGE)
    assert len(server.messages) == 1


async def test_a_server_that_is_down_is_a_passing_trouble(mailer):
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = str(listener.sockets[0].getsockname()[1])
    listener.close()
    await listener.wait_closed()
    with pytest.raises(MailError, match="cannot be reached") as caught:
        await (await mailer({"MAIL_TYPE": "smtp", "SMTP_SERVER": "127.0.0.1", "SMTP_PORT": port})).send(MESSAGE)
    assert caught.value.temporary


async def test_messages_go_at_the_same_time(smtp, mailer):
    server = await smtp()
    sender = await mailer(server.settings)
    await asyncio.gather(*(sender.send(MESSAGE) for _ in range(10)))
    assert len(server.messages) == 10


async def test_a_message_that_is_cancelled_is_not_sent(smtp, mailer):
    server = await smtp()
    server.hang_at = "DATA"
    sending = asyncio.create_task((await mailer(server.settings)).send(MESSAGE))
    await server.hanging.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert server.envelopes == []


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"MAIL_TYPE": "smtp"}, "SMTP_SERVER is not set"),
        ({"MAIL_TYPE": "smtp", "SMTP_SERVER": ""}, "SMTP_SERVER is not set"),
        ({"MAIL_TYPE": "smtp", "SMTP_SERVER": "x", "SMTP_PORT": "0"}, "SMTP_PORT is not set"),
        ({"SMTP_OPPORTUNISTIC_TLS": "true"}, "SMTP_OPPORTUNISTIC_TLS needs SMTP_USE_TLS"),
    ],
)
async def test_settings_that_are_missing_are_named_at_start(settings, named, boot):
    with pytest.raises(DifyRuntimeError, match=named):
        await boot(settings)
