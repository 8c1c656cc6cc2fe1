"""Selection of a back end, and back ends and templates from other plugins."""

import subprocess
import sys

import pytest

from dify_mail.plugin import MailPlugin
from dify_mail.resend.plugin import MailResendPlugin
from dify_mail.sendgrid.plugin import MailSendgridPlugin
from dify_mail.smtp.plugin import MailSmtpPlugin
from dify_runtime_sdk import DifyRuntimeError, DuplicateNameError, Plugin, hookimpl
from dify_runtime_sdk.mail import InvalidMailError, MailBackend, Mailer, MailNotConfigured, MailTemplates, Message

MESSAGE = Message(["ada@example.org"], "Hello", text="x")


class Postcards:
    """A back end of somebody else's."""

    def __init__(self):
        self.delivered = []

    async def deliver(self, message):
        self.delivered.append(message)


def contributing(backend=None, templates=None):
    class Contributor(Plugin):
        """Contributes what a test says."""

        @hookimpl
        def mailers(self):
            return [backend] if backend else []

        @hookimpl
        def mail_templates(self):
            return [templates] if templates else []

    return Contributor


def backend(name, transport):
    async def open_it():
        return transport

    return MailBackend(name, open_it)


async def test_without_a_type_mail_is_not_configured(boot):
    mailer = await (await boot({"MAIL_TYPE": ""})).services.get(Mailer)
    assert not mailer.configured
    with pytest.raises(MailNotConfigured, match="MAIL_TYPE") as caught:
        await mailer.send(MESSAGE)
    assert not caught.value.temporary


async def test_a_back_end_of_another_plugin_is_selected_by_its_name(boot):
    postcards = Postcards()
    booted = await boot({"MAIL_TYPE": "postcards"}, cards=contributing(backend("postcards", postcards)))
    mailer = await booted.services.get(Mailer)
    assert mailer.configured
    await mailer.send(MESSAGE)
    (message,) = postcards.delivered
    assert (message.to, message.sender) == (["ada@example.org"], "Dify <no-reply@example.com>")


async def test_what_makes_no_sense_never_gets_to_the_back_end(boot):
    postcards = Postcards()
    booted = await boot({"MAIL_TYPE": "postcards"}, cards=contributing(backend("postcards", postcards)))
    mailer = await booted.services.get(Mailer)
    with pytest.raises(InvalidMailError):
        await mailer.send(Message(["ada@example.org"], "Hello\r\nBcc: eve@example.org", text="x"))
    assert postcards.delivered == []


async def test_an_unknown_type_stops_the_boot_and_shows_what_there_is(boot):
    with pytest.raises(DifyRuntimeError, match=r"unknown mail back end 'pigeon'.*resend, sendgrid, smtp"):
        await boot({"MAIL_TYPE": "pigeon"})


async def test_a_name_that_is_taken_is_refused(boot):
    with pytest.raises(DifyRuntimeError, match="mail back end 'smtp' is contributed by") as caught:
        await boot({}, another=contributing(backend("smtp", Postcards())))
    assert DuplicateNameError.__name__ in repr(caught.value.__cause__) or "another" in str(caught.value)


@pytest.mark.parametrize("wrong", [{"backend": "smtp"}, {"templates": "folder"}])
async def test_what_is_none_is_refused(wrong, boot):
    with pytest.raises(DifyRuntimeError, match="'wrong' gave"):
        await boot({}, wrong=contributing(**wrong))


async def test_a_folder_that_is_taken_is_refused(boot, tmp_path):
    with pytest.raises(DifyRuntimeError, match="folder of mail templates 'a' is contributed by"):
        await boot(
            {},
            one=contributing(templates=MailTemplates("a", tmp_path)),
            two=contributing(templates=MailTemplates("a", tmp_path)),
        )


@pytest.mark.parametrize("plugin", [MailPlugin, MailSmtpPlugin, MailResendPlugin, MailSendgridPlugin])
def test_a_declaration_imports_no_client(plugin):
    heavy = ("httpx", "aiosmtplib", "jinja2", "idna")
    code = f"import sys, {plugin.__module__}; sys.exit(any(name in sys.modules for name in {heavy!r}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
