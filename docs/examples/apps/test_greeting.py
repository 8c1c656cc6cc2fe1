"""The app of the first steps, served and called as they say."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

APP = Path(__file__).with_name("greeting.yml")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of the app with the key that `serve` prints."""
    home = tmp_path_factory.mktemp("home")
    process = subprocess.Popen(
        [sys.executable, "-m", "dify_runtime", "serve", str(APP), "--port", "0", "--home", str(home)],
        env={"PATH": os.environ["PATH"]},
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    found = next((match for line in process.stdout if (match := re.search(r"(http://\S+/v1)\s+key (\S+)", line))), None)
    assert found is not None
    headers = {"Authorization": f"Bearer {found[2]}"}
    with httpx.Client(base_url=found[1], headers=headers, trust_env=False, timeout=30) as client:
        yield client
    process.terminate()
    process.communicate()


@pytest.mark.parametrize(
    ("inputs", "greeting"),
    [({"name": "Ann"}, "Hello Ann."), ({"name": "Ann", "times": 3}, "HELLO ANN! HELLO ANN! HELLO ANN! ")],
)
def test_the_app_greets(served: httpx.Client, inputs: dict[str, object], greeting: str) -> None:
    answer = served.post("/workflows/run", json={"inputs": inputs, "user": "me"})
    assert answer.json()["data"]["outputs"] == {"greeting": greeting}


def test_an_input_that_is_missing_is_named(served: httpx.Client) -> None:
    answer = served.post("/workflows/run", json={"inputs": {}, "user": "me"})
    assert (answer.status_code, answer.json()["message"]) == (400, "name is required in input form")
