"""The code of the guide "Send mail"."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from dify_database import Database
from dify_mail.plugin import MailPlugin
from dify_mail.queue.plugin import MailQueuePlugin
from dify_runtime_sdk import Plugin, Runtime, Service, Subscriber, hookimpl
from dify_runtime_sdk.mail import (
    MailBackend,
    Mailer,
    MailError,
    MailNotConfigured,
    MailQueue,
    MailRenderer,
    MailTemplates,
    MailTransport,
    Message,
)
from dify_runtime_sdk.tasks import TaskFinished
from plugins.tasks.tests.jobs import PLUGINS as TASK_PLUGINS
from plugins.tasks.tests.jobs import QUICK

FOLDER = Path(__file__).parent / "mails"


class Invitations:
    """Invites people: what is invited to and the mail about it are one transaction."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def invite(self, address: str, locale: str, inviter: str, invitation: str) -> None:
        renderer = await self._runtime.services.get(MailRenderer)
        mail = await renderer.render("invitations/invite", locale, {"inviter": inviter})
        message = Message([address], mail.subject, mail.text, mail.html, key=f"invite.{invitation}")
        queue = await self._runtime.services.get(MailQueue)
        database = await self._runtime.services.get(Database)

        async def unit(session: AsyncSession) -> None:
            # session.add(Invitation(...)) and whatever else belongs to it
            await queue.enqueue(message, transaction=session)

        await database.write(unit)


class InvitationsPlugin(Plugin):
    """Brings its templates along."""

    requires = ("database", "mail-queue")

    @hookimpl
    def services(self) -> list[Service[Any]]:
        return [Service(Invitations, Invitations)]

    @hookimpl
    def mail_templates(self) -> list[MailTemplates]:
        return [MailTemplates("invitations", FOLDER)]


class FolderTransport:
    """Leaves messages in a folder, for a machine without mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, message: Message) -> None:
        path = self._folder / f"{message.key}.html"
        try:
            await asyncio.to_thread(path.write_text, message.html, encoding="utf-8")
        except OSError as error:
            raise MailError(f"mail back end 'folder': {error}", hint="free some space") from error


class FolderPlugin(Plugin):
    """The mail back end `folder`: `MAIL_TYPE=folder`."""

    @hookimpl
    def mailers(self, runtime: Runtime) -> list[MailBackend]:
        async def open_folder() -> MailTransport:
            return FolderTransport(runtime.home)

        return [MailBackend("folder", open_folder)]


class Ends(Plugin):
    """Tells when a task has ended."""

    ended: "asyncio.Queue[TaskFinished]"

    @hookimpl
    def subscribers(self) -> list[Subscriber[Any]]:
        return [Subscriber(TaskFinished, self.ended.put)]


@pytest.fixture
def boot_guide(runtime):
    async def boot_guide(mail_type):
        ends = type("EndsOfTest", (Ends,), {"ended": asyncio.Queue()})
        mail = {"mail": MailPlugin, "mail-queue": MailQueuePlugin}
        parts = {**TASK_PLUGINS, **mail, "folder": FolderPlugin, "invitations": InvitationsPlugin, "ends": ends}
        settings = {"MAIL_TYPE": mail_type, "MAIL_DEFAULT_SEND_FROM": "a@example.com", **QUICK}
        return await runtime(parts, roles={"worker"}, settings=settings), ends.ended

    return boot_guide


async def test_an_invitation_is_rendered_queued_and_delivered(boot_guide):
    booted, ended = await boot_guide("folder")
    await (await booted.services.get(Invitations)).invite("ada@example.org", "de-DE", "Bob & Co", "42")
    async with asyncio.timeout(30):
        assert (await ended.get()).state == "succeeded"
    mail = booted.runtime.home / "invite.42.html"
    assert mail.read_text(encoding="utf-8") == "<p>Bob &amp; Co invites you.</p>\n"


async def test_without_a_back_end_an_invitation_is_refused(boot_guide):
    booted, _ = await boot_guide("")
    with pytest.raises(MailNotConfigured):
        await (await booted.services.get(Invitations)).invite("ada@example.org", "en-US", "Bob", "42")
    assert not (booted.runtime.home / "invite.42.html").exists()


async def test_what_the_back_end_cannot_do_is_a_mail_error(boot_guide):
    booted, _ = await boot_guide("folder")
    (booted.runtime.home / "invite.42.html").mkdir()
    with pytest.raises(MailError, match="'folder'") as caught:
        await (await booted.services.get(Mailer)).send(Message(["ada@example.org"], "x", html="x", key="invite.42"))
    assert caught.value.temporary
