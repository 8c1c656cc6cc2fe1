"""The declaration of the plugin that turns annotation replies on and off."""

from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Runtime, Service, hookimpl

if TYPE_CHECKING:
    from dify_runtime_sdk.tasks import Task


class AppsAnnotationsPlugin(Plugin):
    """The task that turns annotation replies of an app on and off, and the service that asks for it."""

    requires = ("apps", "cache", "tasks")
    after = ("models",)
    before = ("tasks-worker",)

    @hookimpl
    def tasks(self, runtime: Runtime) -> "list[Task]":
        """Bring the task."""
        from .services.annotation_reply import reply_task

        return [reply_task(runtime)]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer `AnnotationReplies`."""
        from .services.annotation_reply import AnnotationReplies, make_replies

        return [Service(AnnotationReplies, make_replies)]
