"""The service `MailQueue`."""

from typing import Any

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.mail import Mailer, Message
from dify_runtime_sdk.tasks import Tasks

from ..mailer import checked, not_configured
from ..settings import MailSettings
from .sending import SEND


class QueuedMail:
    """Satisfies `MailQueue`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def enqueue(self, message: Message, *, transaction: Any = None, delay: float | None = None) -> str:
        """Check the message and accept the task that sends it; see `MailQueue.enqueue`."""
        if not (await self._runtime.services.get(Mailer)).configured:
            raise not_configured()
        checked(message, self._runtime.settings(MailSettings).MAIL_DEFAULT_SEND_FROM)
        tasks = await self._runtime.services.get(Tasks)
        task_id = f"mail.{message.key}" if message.key else None
        return await tasks.enqueue(SEND, {"message": message}, transaction=transaction, delay=delay, id=task_id)
