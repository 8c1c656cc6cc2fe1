"""The guide to backups, followed to the letter: what is restored is what was backed up."""

import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from dify_database.testing.postgres import PostgresServer
from tests.deployment.compose import ROOT, allowed
from tests.deployment.plugin import CODE
from tests.deployment.running import PATIENCE, Process, until
from tests.docs.pages import Page
from tests.plugin_dir import write_plugin

PAGE = Page(ROOT / "docs/how-to/back-up-and-restore.md")
READY = re.compile(r"ready at (http://\S+)")
IN_CONTAINER = "docker compose exec -T postgres "
IN_VOLUME = "docker compose run --rm --no-deps -T --entrypoint tar api "
HOME = "/var/lib/dify-runtime"

pytestmark = pytest.mark.timeout(120)


def steps(*, after):
    """The commands of the first block below a text of the guide."""
    start = PAGE.text[: PAGE.text.index(after)].count("\n")
    block = next(block for block in PAGE.blocks if block.language == "console" and block.line > start)
    return [line.removeprefix("$ ") for line in block.text.splitlines()]


def environment(directory, **settings):
    write_plugin(directory / "site", "deployment", CODE)
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(directory / "site"),
        "DEPLOYMENT_NOTES": str(directory),
        "DIFY_PLUGINS_ALLOW": allowed("deployment"),
        "DIFY_PORT": "0",
        **{name: str(value) for name, value in settings.items()},
    }


def run(command, directory, environ):
    done = subprocess.run(command, shell=True, cwd=directory, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def serving(directory, command, environ):
    """The embedded default on a port of its own; gives a client."""
    process = Process(directory / "log", shlex.split(command), environ, directory)
    process.start()
    try:
        process.wait_until_it_says("ready at ")
        [*_, url] = READY.findall(process.said)
        with httpx.Client(base_url=url, timeout=PATIENCE) as client:
            yield client
        assert process.stop() == 0
    finally:
        process.kill()


def state(client, task):
    return client.get(f"/v1/tasks/{task}").json()["state"]


def test_the_embedded_default_is_backed_up_while_it_serves_and_restored(tmp_path):
    environ = environment(tmp_path)
    *copying, start = steps(after="To restore, stop the process")
    with serving(tmp_path, "dify-runtime serve", environ) as client:
        task = client.post("/v1/mark/before").json()["id"]
        until(lambda: state(client, task) == "succeeded", "the task has run")
        for command in steps(after="While it serves"):
            run(command, tmp_path, environ)
        later = client.post("/v1/mark/after").json()["id"]
        until(lambda: state(client, later) == "succeeded", "the other one has run")
    for command in copying:
        run(command, tmp_path, environ)
    with serving(tmp_path, start, environ) as client:
        assert state(client, task) == "succeeded"
        assert state(client, later) is None, "it was done after the backup"
        assert client.get("/health/ready").json()["status"] == "ready"
    key = Path("storage/.dify_secret_key")
    assert (tmp_path / "restored" / key).read_text() == (tmp_path / ".dify-runtime" / key).read_text()


def natively(command, server: PostgresServer, database, home):
    """A command of the guide without its container."""
    if command.startswith(IN_CONTAINER):
        program, _, rest = command.removeprefix(IN_CONTAINER).partition(" ")
        options = re.sub(r"(?<=dbname=)dify\b|\bdify(?= >)", database, rest)
        return f"{shlex.quote(str(server._binaries / program))} --host=127.0.0.1 --port={server.port} {options}"
    if command.startswith(IN_VOLUME):
        return f"tar {command.removeprefix(IN_VOLUME).replace(HOME, str(home))}"
    return "" if command.startswith("docker compose up") else command


def test_the_database_and_files_of_a_deployment_are_backed_up_and_restored(postgres_server, tmp_path):
    old, new = (postgres_server.create_database() for _ in range(2))
    homes = {old: tmp_path / "old", new: tmp_path / "new"}
    homes[new].mkdir()
    environ = {name: environment(tmp_path, **postgres_server.settings(name)) for name in homes}
    secrets = {"PGPASSWORD": postgres_server.password}
    with serving(tmp_path, f"dify-runtime serve --home {homes[old]}", environ[old]) as client:
        task = client.post("/v1/mark/before").json()["id"]
        until(lambda: state(client, task) == "succeeded", "the task has run")
        for command in steps(after="## Several machines"):
            run(natively(command, postgres_server, old, homes[old]), tmp_path, environ[old] | secrets)
    for command in steps(after="To restore, bring `.env` back"):
        run(natively(command, postgres_server, new, homes[new]), tmp_path, environ[new] | secrets)
    production = environ[new] | {"MODE": "migration"}
    assert "nothing to do" in run("dify-runtime", tmp_path, production)
    for command in steps(after="## Afterwards"):
        run(command, tmp_path, environ[new] | {"MODE": "job"})
    listed = run("dify-runtime tasks list --state succeeded --json", tmp_path, environ[new] | {"MODE": "job"})
    assert task in {one["id"] for one in json.loads(listed)}
    assert (homes[new] / "storage/.dify_secret_key").is_file()
    for name in homes:
        postgres_server.drop_database(name)
