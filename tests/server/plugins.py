"""The code of the plugins that the server's tests serve with."""

RELAY = '''
import os

from dify_runtime_sdk import Plugin, hookimpl


class One(Plugin):
    """Answers with its process id, and streams what a server of the test sends."""

    roles = frozenset(("api",))

    @hookimpl
    def routes(self, runtime):
        from dify_runtime_sdk.http import Routes

        routes = Routes("root")
        routes.add("GET", "/pid", self.pid)
        routes.add("GET", "/hold/<int:port>", self.hold)
        routes.add("GET", "/relay/<int:port>", self.relay, timeout=0)
        return [routes]

    @hookimpl
    def banner(self, runtime):
        return ["process ids are at /pid", self._found_out]

    async def _found_out(self):
        if "LOOKING_FOR_EVER" in os.environ:
            import asyncio

            print("looks", flush=True)
            await asyncio.Event().wait()
        if "NOTHING_FOUND" in os.environ:
            raise RuntimeError("nothing was found")
        return ["this line was found out"]

    async def pid(self, context):
        return {"pid": os.getpid(), "home": str(context.runtime.home)}

    async def hold(self, context, port: int):
        """Block the whole process until the server of the test closes."""
        import socket

        with socket.create_connection(("127.0.0.1", port)) as held:
            held.recv(1)
        return {"pid": os.getpid()}

    async def relay(self, context, port: int):
        import asyncio

        from quart import Response

        async def parts():
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                while part := await reader.read(100):
                    yield part
            finally:
                writer.close()

        return Response(parts())
'''

LOUD = '''
import asyncio

from dify_runtime_sdk import Plugin


class One(Plugin):
    """Tells on stdout when it starts and stops."""

    async def start(self, runtime):
        print("loud starts", flush=True)

    async def stop(self):
        print("loud stops", flush=True)
'''

SLOW = '''
import asyncio

from dify_runtime_sdk import Plugin


class One(Plugin):
    """Never finishes starting."""

    requires = ("loud",)

    async def start(self, runtime):
        print("slow starts", flush=True)
        await asyncio.sleep(60)

    async def stop(self):
        print("slow stops", flush=True)
'''

STUBBORN = '''
import asyncio

from dify_runtime_sdk import Plugin


class One(Plugin):
    """Never finishes stopping."""

    async def stop(self):
        print("stubborn stops", flush=True)
        await asyncio.sleep(60)
'''

SHARED = '''
from dify_runtime_sdk import Plugin, hookimpl


class One(Plugin):
    """Says that all state is shared between processes."""

    @hookimpl
    def shared_backends(self, runtime):
        return ("database", "cache")
'''

BROKEN = '''
from dify_runtime_sdk import Plugin


class One(Plugin):
    """Fails to start where HTTP is served."""

    roles = frozenset(("api",))

    async def start(self, runtime):
        raise OSError("no such device")
'''

REMOTE = '''
from dify_runtime_sdk import Plugin, Settings


class NoSettings(Settings):
    """Needs none."""


class Fixed:
    """A config source that wants the server to listen elsewhere."""

    name = "fixed"
    bootstrap = NoSettings

    def __init__(self, settings):
        pass

    async def fetch(self):
        return {"DIFY_BIND_ADDRESS": "192.0.2.1"}

    async def watch(self):
        for values in ():
            yield values

    async def close(self):
        pass


class One(Plugin):
    """Brings the source."""

    config_source = Fixed
'''
