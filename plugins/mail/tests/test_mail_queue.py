"""Mail by way of the queue, to a real SMTP server, on both databases."""

import asyncio

import pytest

from dify_database import Database
from dify_mail.plugin import MailPlugin
from dify_mail.queue.plugin import MailQueuePlugin
from dify_mail.smtp.plugin import MailSmtpPlugin
from dify_runtime_sdk import Plugin, Subscriber, hookimpl
from dify_runtime_sdk.mail import InvalidMailError, MailNotConfigured, MailQueue, Message
from dify_runtime_sdk.tasks import TaskFinished, Tasks
from plugins.tasks.tests.jobs import PLUGINS as TASK_PLUGINS
from plugins.tasks.tests.jobs import QUICK

MESSAGE = Message(["Ada <ada@example.org>"], "Grüße", text="Hello", html="<p>Hello</p>")
PARTS = {**TASK_PLUGINS, "mail": MailPlugin, "mail-smtp": MailSmtpPlugin, "mail-queue": MailQueuePlugin}


@pytest.fixture
def booted(database_settings, runtime):
    """A runtime that accepts and sends mail, and the queue of the ends of its tasks."""

    async def booted(mail_settings, **more):
        ends = asyncio.Queue()

        class Ends(Plugin):
            """Tells how tasks ended."""

            @hookimpl
            def subscribers(self):
                return [Subscriber(TaskFinished, ends.put)]

        settings = {"MAIL_DEFAULT_SEND_FROM": "a@example.com", "MAIL_RETRY_DELAY": 0.05, **QUICK, **database_settings}
        settings |= {**mail_settings, **more}
        return await runtime({**PARTS, "ends": Ends}, roles={"worker"}, settings=settings), ends

    return booted


async def ended(ends):
    async with asyncio.timeout(30):
        return await ends.get()


async def test_a_worker_sends_what_was_queued(booted, smtp):
    server = await smtp()
    runtime, ends = await booted(server.settings)
    task_id = await (await runtime.services.get(MailQueue)).enqueue(MESSAGE)

    finished = await ended(ends)
    assert (finished.id, finished.name, finished.state) == (task_id, "mail.send", "succeeded")
    (message,) = server.messages
    assert message["Subject"] == "Grüße"
    assert message["Message-ID"] == f"<{task_id}@example.com>"
    assert (await (await runtime.services.get(Tasks)).status(task_id)).queue == "mail"


async def test_a_message_of_a_transaction_that_is_undone_is_never_sent(booted, smtp):
    server = await smtp()
    runtime, ends = await booted(server.settings)
    queue = await runtime.services.get(MailQueue)
    database = await runtime.services.get(Database)

    async def unit(session, *, fails):
        await queue.enqueue(Message(["ada@example.org"], "undone" if fails else "done", text="x"), transaction=session)
        if fails:
            raise LookupError("the change is refused")

    with pytest.raises(LookupError):
        await database.write(lambda session: unit(session, fails=True))
    await database.write(lambda session: unit(session, fails=False))
    await ended(ends)
    assert [message["Subject"] for message in server.messages] == ["done"]


async def test_a_busy_server_is_asked_again_with_the_same_message_id(booted, smtp):
    server = await smtp()
    server.answers["DATA"] = "451 come back later"
    runtime, ends = await booted(server.settings)
    tasks = await runtime.services.get(Tasks)
    task_id = await (await runtime.services.get(MailQueue)).enqueue(MESSAGE)

    async with asyncio.timeout(30):
        while (await tasks.status(task_id)).error is None:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)
    assert "451" in (await tasks.status(task_id)).error
    del server.answers["DATA"]
    assert (await ended(ends)).state == "succeeded"
    assert [message["Message-ID"] for message in server.messages] == [f"<{task_id}@example.com>"]


async def test_a_server_that_stays_away_fails_the_task_after_the_last_attempt(booted, smtp):
    server = await smtp()
    server.answers["MAIL"] = "421 closed"
    runtime, ends = await booted(server.settings, MAIL_ATTEMPTS=2)
    task_id = await (await runtime.services.get(MailQueue)).enqueue(MESSAGE)

    assert (await ended(ends)).state == "failed"
    status = await (await runtime.services.get(Tasks)).status(task_id)
    assert status.attempt == 2
    assert "421" in status.error


async def test_what_is_refused_for_good_is_not_tried_again(booted, smtp):
    server = await smtp()
    server.answers["DATA"] = "554 no"
    runtime, ends = await booted(server.settings)
    task_id = await (await runtime.services.get(MailQueue)).enqueue(MESSAGE)

    assert (await ended(ends)).state == "failed"
    assert (await (await runtime.services.get(Tasks)).status(task_id)).attempt == 1


async def test_a_key_is_accepted_once(booted, smtp):
    server = await smtp()
    runtime, ends = await booted(server.settings)
    queue = await runtime.services.get(MailQueue)
    one = Message(["ada@example.org"], "Invitation", text="x", key="invite.42")
    assert await queue.enqueue(one) == await queue.enqueue(one) == "mail.invite.42"
    await ended(ends)
    assert await queue.enqueue(one) == "mail.invite.42"
    await queue.enqueue(MESSAGE)
    await ended(ends)
    assert server.messages[0]["Message-ID"] == "<invite.42@example.com>"
    assert [message["Subject"] for message in server.messages] == ["Invitation", "Grüße"]


async def test_what_makes_no_sense_is_refused_before_it_is_queued(booted, smtp):
    runtime, _ = await booted((await smtp()).settings)
    with pytest.raises(InvalidMailError):
        await (await runtime.services.get(MailQueue)).enqueue(Message(["nobody"], "Hello", text="x"))
    assert await (await runtime.services.get(Tasks)).find() == []


async def test_without_a_back_end_nothing_is_queued(booted):
    runtime, _ = await booted({"MAIL_TYPE": ""})
    with pytest.raises(MailNotConfigured):
        await (await runtime.services.get(MailQueue)).enqueue(MESSAGE)
    assert await (await runtime.services.get(Tasks)).find() == []


async def test_the_worker_starts_after_the_mail_and_stops_before_it(booted, smtp):
    runtime, _ = await booted((await smtp()).settings)
    levels = {name: record.level for name, record in runtime.records.items()}
    assert levels["mail"] < levels["mail-queue"] < levels["tasks-worker"]
