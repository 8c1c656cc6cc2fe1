"""The programs of the page, run as they stand."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

HERE = Path(__file__).parent
ENVIRONMENT = {"PATH": os.environ["PATH"]}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with the programs and the app files."""
    return Path(shutil.copytree(HERE, tmp_path / "place", ignore=shutil.ignore_patterns("__pycache__", "test_*")))


def run(place: Path, program: str) -> str:
    command = [sys.executable, "-W", "error", program]
    done = subprocess.run(command, cwd=place, env=ENVIRONMENT, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_an_answer_is_printed_as_it_comes(place: Path) -> None:
    assert run(place, "stream.py") == "Good morning!\n"


def test_answers_are_collected(place: Path) -> None:
    assert run(place, "collect.py") == "Good morning!\nAnd now?\nHello Ann.\n"


@pytest.fixture
def site(place: Path) -> Iterator[httpx.Client]:
    """A client of the program that mounts the Service API, served by Hypercorn."""
    command = [sys.executable, "-m", "hypercorn", "mounted:app", "--bind", "127.0.0.1:0"]
    process = subprocess.Popen(command, cwd=place, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    url = next(match[0] for line in process.stderr if (match := re.search(r"http://127\.0\.0\.1:\d+", line)))
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        yield client
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_the_service_api_is_mounted(site: httpx.Client) -> None:
    assert site.get("/").text == "a page of the site"
    headers = {"Authorization": f"Bearer {site.get('/key').text}"}
    body = {"inputs": {}, "query": "Good morning!", "user": "ann"}
    assert site.post("/assistant/v1/chat-messages", headers=headers, json=body).json()["answer"] == "Good morning!"
