"""The plugin `mail-queue`."""

from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Runtime, Service, hookimpl

from .settings import MailQueueSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.tasks import Task


class MailQueuePlugin(Plugin):
    """Has workers send messages from the queue `mail`: accepted in the caller's transaction, tried again later."""

    requires = ("mail", "tasks")
    before = ("tasks-worker",)
    settings = MailQueueSettings

    @hookimpl
    def tasks(self, runtime: Runtime) -> "list[Task]":
        """Bring the task `mail.send`."""
        from .sending import send_task

        return [send_task(runtime, runtime.settings(MailQueueSettings))]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the service `MailQueue`."""
        from dify_runtime_sdk.mail import MailQueue

        from .accepting import QueuedMail

        return [Service(MailQueue, QueuedMail)]
