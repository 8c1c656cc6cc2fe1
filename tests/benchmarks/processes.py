"""Processes under measurement: a clean environment, one that runs to its end, and one that serves."""

import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from dify_runtime.discovery import first_party_distributions
from tests.benchmarks.measure import RunFailed, Sample

SCRIPT = str(Path(sysconfig.get_path("scripts")) / "dify-runtime")
"""The command as users have it."""
PATIENCE = 60.0
"""Seconds that a process may take before the run has failed."""
ROOT = Path(__file__).parents[2]
"""The directory that `tests` is in."""


def compile_bytecode() -> None:
    """Compile what any side may import, so that no run pays for another's missing cache; done files are skipped."""
    places = {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}
    ours = [find_spec(name) for name in ("dify_runtime", "dify_runtime_sdk")]
    places |= {Path(spec.origin).parent for spec in ours if spec is not None and spec.origin is not None}
    places |= set(ROOT.glob("plugins/*/src"))
    # files that are meant for other versions, or as templates, do not compile: nobody imports them
    command = [sys.executable, "-W", "ignore", "-m", "compileall", "-qq", "-j", "0", *map(str, sorted(places))]
    subprocess.run(command, check=False)


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a measured process inherits: nothing that configures us or the interpreter."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "LANG": "C.UTF-8", **more}


def first_party() -> dict[str, str]:
    """The settings by which a process boots the first-party plugins, whatever else is installed here."""
    return {"DIFY_PLUGINS_ALLOW": ",".join(sorted(first_party_distributions()))}


def run_to_end(command: Sequence[str], cwd: Path, environ: Mapping[str, str] | None = None) -> tuple[Sample, bytes]:
    """Run a command; milliseconds of wall and of processor time, and what it printed.

    Raises `RunFailed` when it fails.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        with subprocess.Popen(command, cwd=cwd, env=environ or environment(cwd), stdout=out, stderr=err) as process:
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RunFailed(f"{' '.join(command)} ended with {process.returncode}: {_tail(err)}")
        out.seek(0)
        return {"wall": wall * 1000, "cpu": (usage.ru_utime + usage.ru_stime) * 1000}, out.read()


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A process that serves HTTP, `/health` for one, on `port` of loopback."""

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        port: int,
        cwd: Path,
        output: IO[bytes],
        printed: IO[bytes] | None = None,
    ) -> None:
        """Start it; what it says on stderr goes to `output`, what it prints to `printed` or nowhere."""
        self.port = port
        self._output = output
        self._printed = printed
        self._began = time.perf_counter()
        stdout = subprocess.DEVNULL if printed is None else printed
        self.process = subprocess.Popen(command, cwd=cwd, env=environ, stdout=stdout, stderr=output)

    def await_answer(self) -> float:
        """Return with the first 200 of `/health`: the milliseconds since the start of the process.

        Raises `RunFailed` when there is none.
        """
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self.process.poll() is not None:
                raise RunFailed(f"the server ended with {self.process.returncode}: {_tail(self._output)}")
            if time.monotonic() > deadline:
                raise RunFailed(f"no answer within {PATIENCE:g} s: {_tail(self._output)}")
            time.sleep(0.001)
        return (time.perf_counter() - self._began) * 1000

    def _answers(self) -> bool:
        """Whether it serves by now."""
        try:
            return self.get("/health").startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def get(self, path: str) -> bytes:
        """The whole answer to a request that closes its connection."""
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def memory(self) -> float:
        """Resident memory in MB (2**20 bytes)."""
        status = self._proc("status")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def cpu(self) -> float:
        """Processor time of all threads so far, in milliseconds."""
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int(self._proc(f"task/{thread.name}/schedstat").split()[0]) for thread in threads) / 1e6

    def _proc(self, name: str) -> str:
        try:
            return Path(f"/proc/{self.process.pid}/{name}").read_text()
        except OSError as error:
            raise RunFailed(f"memory and processor time are read from /proc, which has no {name} here") from error


class Announcer(Server):
    """A process without a port, which prints that it is ready."""

    def _answers(self) -> bool:
        return self._printed is not None and b"ready\n" in os.pread(self._printed.fileno(), 1 << 20, 0)


@contextmanager
def serving(
    command: Sequence[str],
    port: int,
    cwd: Path,
    *,
    core: int | None = None,
    root_on_path: bool = False,
    settings: Mapping[str, str] | None = None,
    printed: IO[bytes] | None = None,
    kind: type[Server] = Server,
) -> Iterator[Server]:
    """Start a server, of the class `kind`, and stop it at the end.

    On one core only if `core` names one. `root_on_path`: it imports what is in `tests`. `settings` configure ours; what
    it prints goes to `printed`.

    Raises `RunFailed` when it does not stop well: a server that was killed has not been measured.
    """
    more = {"PYTHONPATH": str(ROOT)} if root_on_path else {}
    environ = environment(cwd, **{**first_party(), **more, **(settings or {})})
    with tempfile.TemporaryFile() as output:
        server = kind(command, environ, port, cwd, output, printed)
        if core is not None:
            os.sched_setaffinity(server.process.pid, {core})  # before it has threads, which inherit it
        try:
            yield server
        finally:
            _stop(server.process)
        if server.process.returncode:
            raise RunFailed(f"{' '.join(command)} ended with {server.process.returncode}: {_tail(output)}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cores() -> tuple[int, int] | tuple[None, None]:
    """A core for servers and another one for the client; None on a machine that has one, or does not say."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[1]) if len(allowed) > 1 else (None, None)


def _tail(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read()[-2000:].decode(errors="replace").strip() or "it said nothing"
