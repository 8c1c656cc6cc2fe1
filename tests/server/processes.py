"""Real `dify-runtime serve` processes, with plugins that are written for the test."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx

from tests.plugin_dir import write_plugin

PATIENCE = 30.0
"""Seconds after which a process that says nothing has failed the test."""

READY = re.compile(r"dify-runtime \S+ ready at (http://\S+) \((\d+) plugins?, boot \d+\.\d\d s\)")


TALK = ("loud starts", "loud stops")
"""What a plugin of the tests says of its own accord."""


@dataclass(frozen=True, slots=True)
class End:
    """How a process ended: its exit status, and what it wrote since it was last read."""

    status: int
    stdout: list[str]
    stderr: str


class Serving:
    """A `serve` process. Its working directory is the test's; nothing of the surroundings' settings reaches it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.url = ""
        self.plugins = -1

    @classmethod
    async def start(
        cls, directory: Path, arguments: Sequence[str], plugins: Mapping[str, str], settings: Mapping[str, str]
    ) -> Self:
        """Start it with `plugins` (name and code, the class called `One`) in `directory`."""
        site = directory / "site"
        site.mkdir(exist_ok=True)
        for name, code in plugins.items():
            write_plugin(site, name, code)
        environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environ |= {"PYTHONPATH": str(site), "DIFY_PLUGINS_ALLOW": ",".join(plugins), "DIFY_PORT": "0", **settings}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dify_runtime", "serve", *arguments),
            cwd=directory,
            env=environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        return self.process.pid

    async def line(self) -> str:
        """The next line of stdout; fails with what is on stderr when there is none."""
        assert self.process.stdout
        async with asyncio.timeout(PATIENCE):
            line = await self.process.stdout.readline()
        assert line, (await self.end()).stderr
        return line.decode().rstrip("\n")

    async def ready(self) -> Self:
        """Wait for the ready line; plugins may have spoken before it."""
        while (line := await self.line()) in TALK:
            pass
        found = READY.fullmatch(line)
        assert found, line
        self.url, self.plugins = found[1], int(found[2])
        return self

    @property
    def address(self) -> tuple[str, int]:
        url = httpx.URL(self.url)
        assert url.port
        return url.host, url.port

    def send_signal(self, number: int) -> None:
        self.process.send_signal(number)

    async def end(self) -> End:
        """Wait for the end of the process."""
        async with asyncio.timeout(PATIENCE):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return End(self.process.returncode, out.decode().splitlines(), err.decode())

    async def stop(self, number: int = signal.SIGTERM) -> End:
        """Send the signal and wait for the end."""
        self.send_signal(number)
        return await self.end()

    async def get(self, path: str) -> httpx.Response:
        """One request on a connection of its own."""
        async with httpx.AsyncClient(base_url=self.url, timeout=PATIENCE) as client:
            return await client.get(path)

    async def kill(self) -> None:
        """End it whatever it does, and let go of its pipes."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.communicate()
