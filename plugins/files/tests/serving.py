"""A server in a process of its own, whose memory a test watches: prints its port and an app's key."""

import asyncio
import socket
import sys
from pathlib import Path

import conftest
from hypercorn.asyncio import serve
from hypercorn.config import Config

from dify_accounts import ApiKeys, KeyType, Tenants
from dify_runtime.runtime import Runtime


async def main(home: Path) -> None:
    """Serve until standard input ends."""
    async with Runtime.boot(
        plugins=conftest.PLUGINS, roles=("api",), overrides=conftest.SETTINGS, environ={}, cwd=home, strict=True
    ) as runtime:
        tenant = await (await runtime.services.get(Tenants)).default()
        assert tenant is not None
        key = await (await runtime.services.get(ApiKeys)).create(KeyType.APP, tenant_id=tenant.id, app_id=conftest.APP)
        listener = socket.create_server(("127.0.0.1", 0))
        config = Config()
        config.bind = [f"fd://{listener.fileno()}"]
        sys.stdout.write(f"{listener.getsockname()[1]} {key.token}\n")
        sys.stdout.flush()
        ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        await serve(runtime.http.asgi, config, shutdown_trigger=lambda: ended)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
