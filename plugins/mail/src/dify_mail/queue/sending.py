"""The task that sends a queued message."""

from dataclasses import replace
from typing import Final

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.mail import Mailer, MailError, Message
from dify_runtime_sdk.tasks import Retry, Task, TaskContext, TaskTimeoutError

from .settings import MailQueueSettings

SEND: Final = "mail.send"
"""The task."""
_QUEUE: Final = "mail"
_LONGEST_ATTEMPT: Final = 300.0
"""Seconds; back ends have shorter limits of their own."""
_LONGEST_PAUSE: Final = 3600.0


class MailPostponed(MailError):
    """The back end does not take the message now; it is tried again."""

    code = "mail_postponed"


def send_task(runtime: Runtime, settings: MailQueueSettings) -> Task:
    """The task `mail.send`, which takes one message."""

    async def send(message: Message, context: TaskContext) -> None:
        mailer = await runtime.services.get(Mailer)
        try:
            # all attempts have one key, so that a back end that can tells a second delivery from a second message
            await mailer.send(replace(message, key=message.key or context.id))
        except MailError as error:
            if not error.temporary:
                raise
            raise MailPostponed(error.message, hint=error.hint) from error

    retry = Retry(
        attempts=settings.MAIL_ATTEMPTS,
        delay=settings.MAIL_RETRY_DELAY,
        factor=3,
        longest=_LONGEST_PAUSE,
        on=(MailPostponed, TaskTimeoutError),
    )
    return Task(SEND, send, queue=_QUEUE, retry=retry, timeout=_LONGEST_ATTEMPT)
