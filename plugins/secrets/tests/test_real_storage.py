"""With the plugin `storage` itself, and processes of their own."""

import asyncio
import sys

from dify_runtime_sdk.secrets import TenantSecrets, Tokens
from dify_secrets.plugin import SecretsPlugin
from dify_storage.local.plugin import StorageLocalPlugin
from dify_storage.plugin import StoragePlugin

PLUGINS = {"storage": StoragePlugin, "storage-local": StorageLocalPlugin, "secrets": SecretsPlugin}

PROCESS = """
import asyncio, sys
from pathlib import Path
from dify_runtime import Runtime
from dify_runtime_sdk.secrets import Tokens
from dify_secrets.plugin import SecretsPlugin
from dify_storage.local.plugin import StorageLocalPlugin
from dify_storage.plugin import StoragePlugin

PLUGINS = {"storage": StoragePlugin, "storage-local": StorageLocalPlugin, "secrets": SecretsPlugin}

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    async with Runtime.boot(plugins=PLUGINS, environ={}, cwd=Path(sys.argv[1]), roles=["job"], strict=True) as runtime:
        print((await runtime.services.get(Tokens)).issue({"sub": "a"}))

asyncio.run(main())
"""


async def test_keys_and_secrets_are_kept_on_the_disk(runtime, tmp_path):
    booted = await runtime(PLUGINS, roles=("job",))
    token = (await booted.services.get(Tokens)).issue({"sub": "a"})
    tenant_secrets = await booted.services.get(TenantSecrets)
    secret = await tenant_secrets.encrypt("t", await tenant_secrets.create("t"), "hunter2")
    files = {path.name: path for path in tmp_path.rglob("*") if path.is_file()}
    assert files[".dify_secret_key"].read_bytes().endswith(b"\n")
    assert files["private.pem"].parent.name == "t"
    again = await runtime(PLUGINS, roles=("job",))
    assert (await again.services.get(Tokens)).verify(token) == {"sub": "a"}
    assert await (await again.services.get(TenantSecrets)).decrypt("t", secret) == "hunter2"


async def test_processes_that_start_at_once_end_with_one_key(tmp_path):
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROCESS, str(tmp_path), stdin=pipe, stdout=pipe, stderr=pipe
        )
        for _ in range(4)
    ]
    assert {await process.stdout.readline() for process in processes} == {b"ready\n"}
    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [errors for _, errors in outputs if b"Error" in errors] == []
    tokens = {output for output, _ in outputs}
    assert len(tokens) == 1
    assert tokens != {b""}
