"""The plugin that the deployment under test has: routes to ask, tasks to run, a schedule."""

CODE = '''
import asyncio
import os
from pathlib import Path

from pydantic import Field

from dify_runtime_sdk import Plugin, Settings, hookimpl
from dify_runtime_sdk.http import Routes
from dify_runtime_sdk.tasks import Schedule, Task, TaskContext, Tasks


class NotesSettings(Settings):
    """Where the plugin notes what ran."""

    DEPLOYMENT_NOTES: Path = Field(Path("notes"), description="Directory of the notes")


class One(Plugin):
    """Says which process does what."""

    requires = ("tasks",)
    before = ("tasks-worker",)
    settings = NotesSettings

    @hookimpl
    def routes(self, runtime):
        routes = Routes("service", public=True)
        routes.add("GET", "/who", self.who)
        routes.add("GET", "/events/<int:port>", self.events, timeout=0)
        routes.add("POST", "/<any(mark,hold):name>/<value>", self.enqueue)
        routes.add("GET", "/tasks/<task_id>", self.state)
        return [routes]

    @hookimpl
    def tasks(self, runtime):
        directory = runtime.settings(NotesSettings).DEPLOYMENT_NOTES

        def note(line):
            with (directory / "notes").open("a") as notes:
                notes.write(f"{line} {os.getpid()}\\n")

        async def mark(value: str, context: TaskContext):
            note(f"mark {value if value != 'tick' else context.id}")

        async def hold(value: str):
            note(f"hold {value}")
            while not (directory / value).exists():
                await asyncio.sleep(0.02)

        return [Task("deployment.mark", mark), Task("deployment.hold", hold)]

    @hookimpl
    def schedules(self):
        return [Schedule("tick", "deployment.mark", every=1, arguments={"value": "tick"})]

    async def who(self, context):
        request = context.request
        return {"pid": os.getpid(), "client": request.remote_addr, "url": request.url}

    async def events(self, context, port: int):
        """Stream what a server of the test sends, after the id that the client saw last."""
        from quart import Response

        async def parts():
            yield f"id: {context.request.headers.get('Last-Event-ID')}\\n\\n".encode()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while part := await reader.read(100):
                yield part
            writer.close()

        return Response(parts(), content_type="text/event-stream")

    async def enqueue(self, context, name: str, value: str):
        tasks = await context.runtime.services.get(Tasks)
        return {"id": await tasks.enqueue(f"deployment.{name}", {"value": value})}

    async def state(self, context, task_id: str):
        tasks = await context.runtime.services.get(Tasks)
        status = await tasks.status(task_id)
        return {"state": status and status.state}
'''
