"""Processes that tests of the deployment run, and the patience to wait for them."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PATIENCE = 60.0
"""Seconds after which what does not happen has failed the test."""


def program(name: str) -> str:
    """The path of a program of the system. On a machine without it the test is skipped; in CI it must be there."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return found


@contextmanager
def open_directory() -> Iterator[Path]:
    """A directory that other users may enter: servers started by root change to a user of their own."""
    directory = Path(tempfile.mkdtemp(prefix="dify-runtime-deployment-"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def until(check: Callable[[], object], what: str) -> None:
    """Ask until the answer is yes."""
    end = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < end, f"in vain waited until {what}"
        time.sleep(0.02)


def listens(host: str, port: int) -> bool:
    """Whether a connection is accepted."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


class Process:
    """A program with its output in a file; started again after `kill` it is the same one."""

    def __init__(
        self, log: Path, command: Sequence[str], environ: Mapping[str, str], cwd: Path, user: str | None = None
    ) -> None:
        """`user` runs it, where root runs the tests."""
        self._log = log
        self._command = list(command)
        self._environ = dict(environ)
        self._cwd = cwd
        self._user = user if os.geteuid() == 0 else None
        self._running: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    def start(self) -> None:
        """Start it."""
        self._log.touch()
        self._said_before = len(self.said)
        if self._user is not None:
            shutil.chown(self._log, self._user)
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command,
                cwd=self._cwd,
                env=self._environ,
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """Everything it ever wrote."""
        return self._log.read_text(errors="replace")

    def wait_until(self, check: Callable[[], object], what: str) -> None:
        """Ask until the answer is yes; fails when the process ends before."""

        def alive_or_done() -> object:
            assert self._running is not None
            ended = self._running.poll() is not None
            done = check()
            assert done or not ended, self.said[-4000:]
            return done

        until(alive_or_done, what)

    def wait_until_it_says(self, text: str) -> None:
        """Wait for `text` since the last start."""
        self.wait_until(lambda: text in self.said[self._said_before :], f"{self._log.name} has {text!r}")

    def wait_until_it_listens(self, *ports: int) -> None:
        """Wait until connections to 127.0.0.1 are accepted."""
        self.wait_until(lambda: all(listens("127.0.0.1", port) for port in ports), f"somebody listens on {ports}")

    def wait(self) -> int:
        """Wait for its end; its exit status."""
        assert self._running is not None
        return self._running.wait(PATIENCE)

    def kill(self) -> None:
        """End it at once, with what it started."""
        if self._running is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()

    def stop(self) -> int:
        """Ask it to end, and wait for that; its exit status."""
        assert self._running is not None
        self._running.send_signal(signal.SIGTERM)
        return self.wait()
