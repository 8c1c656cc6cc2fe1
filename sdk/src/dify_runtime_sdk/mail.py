"""Mail: messages to people, by SMTP or by a provider's API, and the templates they are made of."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from .errors import DifyRuntimeError


class MailError(DifyRuntimeError):
    """A message was not accepted; names the back end and its answer, never a credential or a body."""

    code = "mail_failed"
    temporary: ClassVar[bool] = True
    """Whether sending the same message later may succeed."""


class MailNotConfigured(MailError):
    """No back end is selected: `MAIL_TYPE` is empty."""

    code = "mail_not_configured"
    temporary = False


class InvalidMailError(MailError, ValueError):
    """The message makes no sense: no recipient, no content, what is no address, a line break in a header."""

    code = "invalid_mail"
    temporary = False


class MailRefusedError(MailError):
    """The back end refuses the message, a recipient, the sender or our credentials, and will do so again."""

    code = "mail_refused"
    temporary = False


class MailTemplateError(MailError):
    """A template cannot be rendered; names it and says why, without quoting values."""

    code = "mail_template_failed"
    temporary = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message. An address is `user@host` or `Name <user@host>`, in any script.

    At least one of `text` and `html` has content; with both, readers choose. `sender` None is `MAIL_DEFAULT_SEND_FROM`.
    `key` identifies the message when it is sent again, as a task is that was interrupted: at most 200 letters, digits
    and `._-`. Back ends use it as far as they can to deliver the message once.
    """

    to: Sequence[str]
    subject: str
    text: str = ""
    html: str = ""
    sender: str | None = None
    reply_to: str | None = None
    key: str | None = None


class Mailer(Protocol):
    """The service: hands messages to the selected back end, now. `MailQueue` has a worker do it."""

    @property
    def configured(self) -> bool:
        """Whether a back end is selected, so that features can offer what needs mail, or not."""
        ...

    async def send(self, message: Message) -> None:
        """Return when the back end has accepted the message for all recipients; raises `MailError`."""
        ...


class MailQueue(Protocol):
    """The service: has messages sent by a worker, from the queue `mail`, so that no request waits for a mail server.

    A message that the back end does not take now is tried again (`MAIL_ATTEMPTS`, `MAIL_RETRY_DELAY`); all attempts
    carry the same `key`. Until the task has expired the message is in the database as it is.
    """

    async def enqueue(self, message: Message, *, transaction: Any = None, delay: float | None = None) -> str:
        """Accept a message and return the id of its task, which `Tasks` can tell about and cancel.

        `transaction` is the session of a database unit: the message is sent if and when that is committed. Without one
        it is accepted when this returns. It is sent `delay` seconds from now at the earliest. A message whose `key` was
        accepted before is not sent again, as long as that task is known.

        Raises `InvalidMailError`, and `MailNotConfigured` when no back end is selected.
        """
        ...


class MailTransport(Protocol):
    """A back end that was opened."""

    async def deliver(self, message: Message) -> None:
        """Hand over one message, whose parts were checked and whose `sender` is set; raises `MailError`.

        Called for every message, also several at a time; it must not block, and must end by itself when the peer hangs.
        """
        ...


@dataclass(frozen=True, slots=True)
class MailBackend:
    """A kind of back end, contributed by the hook `mailers`; `MAIL_TYPE` selects it by name.

    `open` is called at most once per runtime, before the first message; it reads the contributor's settings and raises
    `SettingsError` if one is missing. It opens no connection.
    """

    name: str
    open: Callable[[], Awaitable[MailTransport]]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a template gives for a `Message`."""

    subject: str
    text: str
    html: str


class MailRenderer(Protocol):
    """The service: makes the parts of a message from templates (Jinja)."""

    async def render(self, name: str, locale: str, values: Mapping[str, Any]) -> Rendered:
        """Render the template `folder/name` for a language tag such as `zh-Hans`.

        A template that there is not in that language is looked for in the language without its region, then in `en-US`.
        Values are escaped in HTML. Raises `UnknownNameError` and `MailTemplateError`.
        """
        ...

    async def render_source(self, source: str, values: Mapping[str, Any], *, html: bool = True) -> str:
        """Render a text that an administrator wrote, as `MAIL_TEMPLATING_MODE` allows; raises `MailTemplateError`.

        Values are those that JSON has; they are escaped if the text is `html`.
        """
        ...


@dataclass(frozen=True, slots=True)
class MailTemplates:
    """A folder of templates, contributed by the hook `mail_templates`.

    It has one folder per language, with `NAME.subject.txt`, and `NAME.html`, `NAME.txt` or both for every template.
    `name` comes before the slash when they are rendered: `accounts/invite`.
    """

    name: str
    folder: Path
