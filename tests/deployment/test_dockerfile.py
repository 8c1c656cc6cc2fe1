"""The Dockerfile, as far as that can be checked without a container engine."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dify_runtime.server.settings import ServerSettings
from tests.deployment.compose import ROOT, load

FILE = ROOT / "docs/deploy/Dockerfile"
IGNORE = ROOT / ".dockerignore"
TEXT = re.sub(r"\\\n", " ", FILE.read_text(encoding="utf-8"))
LINES = [line.split(maxsplit=1) for line in TEXT.splitlines() if line and not line.startswith("#")]
HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent))


def values(instruction):
    return [value for name, value in LINES if name == instruction]


def environment():
    return dict(re.findall(r"(\w+)=(\S+)", " ".join(values("ENV"))))


@pytest.mark.skipif(sys.platform != "linux", reason="the linter is installed on Linux alone")
def test_the_linter_finds_nothing():
    assert HADOLINT
    linted = subprocess.run([HADOLINT, str(FILE)], capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_the_image_holds_the_result_of_the_first_stage():
    build, final = values("FROM")
    assert build.endswith(" AS build")
    assert build.removesuffix(" AS build") == final, "the environment needs the interpreter that made it"
    assert re.fullmatch(r"python:\d+\.\d+-slim-\w+", final)
    [copied] = [value for value in values("COPY") if value.startswith("--from")]
    assert copied == "--from=build /opt/dify-runtime /opt/dify-runtime"


def test_what_is_installed_is_what_is_locked():
    [sync] = [value for value in values("RUN") if "uv sync" in value]
    assert {"--locked", "--no-editable", "--no-default-groups"} < set(sync.split())
    assert "--extra standard" in sync
    assert re.search(r"pip install --no-cache-dir uv==\d+\.\d+\.\d+$", TEXT, re.MULTILINE)


def test_it_runs_as_a_user_without_rights():
    names = [name for name, _ in LINES]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", values("USER")[0])
    assert names.index("USER") > max(index for index, name in enumerate(names) if name in ("COPY", "RUN"))
    assert f"--mode=0700 {environment()['DIFY_RUNTIME_HOME']}" in TEXT


def test_the_bare_command_runs_what_mode_says():
    assert values("ENTRYPOINT") == ['["dify-runtime"]']
    assert values("CMD") == []
    assert environment()["MODE"] == "api"
    assert values("EXPOSE") == [str(ServerSettings().DIFY_PORT)]


def test_the_home_is_that_of_the_compose_file():
    assert environment()["DIFY_RUNTIME_HOME"] == load()["x-environment"]["DIFY_RUNTIME_HOME"]


def test_everything_that_is_copied_is_there_and_sent_to_the_build():
    sources = [source for value in values("COPY") if not value.startswith("--") for source in value.split()[:-1]]
    ignored, *kept = [line for line in IGNORE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert ignored == "*"
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert sorted(f"!{source}" for source in sources) == sorted(line for line in kept if line.startswith("!"))
