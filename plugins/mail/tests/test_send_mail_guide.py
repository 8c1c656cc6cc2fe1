"""The code of the guide "Send mail"."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from dify_runtime_sdk import Plugin, Runtime, Service, hookimpl
from dify_runtime_sdk.mail import (
    MailBackend,
    Mailer,
    MailError,
    MailRenderer,
    MailTemplates,
    MailTransport,
    Message,
)

FOLDER = Path(__file__).parent / "mails"


class Invitations:
    """Invites people. Called from a background task, with a key that stays the same when the task is run again."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def send(self, address: str, locale: str, inviter: str, invitation: str) -> None:
        mailer = await self._runtime.services.get(Mailer)
        if not mailer.configured:
            return
        renderer = await self._runtime.services.get(MailRenderer)
        mail = await renderer.render("invitations/invite", locale, {"inviter": inviter})
        await mailer.send(Message([address], mail.subject, mail.text, mail.html, key=f"invite.{invitation}"))


class InvitationsPlugin(Plugin):
    """Brings its templates along."""

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


@pytest.fixture
def boot_guide(boot):
    async def boot_guide(mail_type):
        return await boot({"MAIL_TYPE": mail_type}, invitations=InvitationsPlugin, folder=FolderPlugin)

    return boot_guide


async def test_an_invitation_is_rendered_and_delivered(boot_guide):
    booted = await boot_guide("folder")
    booted.runtime.home.mkdir(exist_ok=True)
    await (await booted.services.get(Invitations)).send("ada@example.org", "de-DE", "Bob & Co", "42")
    mail = booted.runtime.home / "invite.42.html"
    assert mail.read_text(encoding="utf-8") == "<p>Bob &amp; Co invites you.</p>\n"


async def test_without_mail_nothing_is_sent(boot_guide):
    booted = await boot_guide("")
    await (await booted.services.get(Invitations)).send("ada@example.org", "en-US", "Bob", "42")
    assert not (booted.runtime.home / "invite.42.html").exists()


async def test_what_the_back_end_cannot_do_is_a_mail_error(boot_guide):
    booted = await boot_guide("folder")
    with pytest.raises(MailError, match="'folder'") as caught:
        await (await booted.services.get(Invitations)).send("ada@example.org", "en-US", "Bob", "42")
    assert caught.value.temporary
