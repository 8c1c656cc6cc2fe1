"""The compose file, as far as that can be checked without a container engine."""

import re
from pathlib import Path

import pytest
import yaml

from dify_runtime.server.run import STOP_MARGIN
from dify_runtime.server.settings import ServerSettings

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yaml"


@pytest.fixture(scope="module")
def api():
    return yaml.safe_load(FILE.read_text())["services"]["api"]


@pytest.fixture(scope="module")
def dockerfile(api):
    return api["build"]["dockerfile_inline"]


def test_the_api_serves_every_interface_in_its_mode(api):
    assert api["environment"]["MODE"] == "api"
    assert api["environment"]["DIFY_BIND_ADDRESS"] == "0.0.0.0"
    (published,) = api["ports"]
    assert published.endswith(f":{api['environment']['DIFY_PORT']}")


def test_its_health_is_asked_by_our_own_command(api):
    assert api["healthcheck"]["test"] == ["CMD", "dify-runtime", "health"]


def test_a_stop_may_take_longer_than_the_graceful_limit(api):
    seconds = float(api["stop_grace_period"].removesuffix("s"))
    assert seconds > ServerSettings().SERVER_GRACEFUL_TIMEOUT + STOP_MARGIN


def test_nothing_but_the_home_and_tmp_can_be_written(api, dockerfile):
    assert api["read_only"] is True
    assert api["tmpfs"] == ["/tmp"]
    home = api["environment"]["DIFY_RUNTIME_HOME"]
    assert api["volumes"] == [f"home:{home}"]
    assert f"--mode=0700 {home}" in dockerfile


def test_it_runs_without_privileges(api, dockerfile):
    assert re.search(r"^USER (?!0|root)", dockerfile, re.MULTILINE)
    assert api["cap_drop"] == ["ALL"]


def test_everything_that_is_copied_into_the_build_is_there(dockerfile):
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    sources = [source for line in copied for source in line.split()]
    assert "dify_runtime" in sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
