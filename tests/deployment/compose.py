"""The compose file as an engine reads it: parsed, and with its variables replaced."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yaml"
VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<rest>[^}]*))?\}")
REQUIRED = {
    "SECRET_KEY": "s" * 64,
    "DB_PASSWORD": "database",
    "REDIS_PASSWORD": "redis",
    "SANDBOX_API_KEY": "sandbox",
}
"""What `.env` must give."""


class MissingVariableError(Exception):
    """A variable that must be set is not."""


def load() -> dict[str, Any]:
    """The file as it is."""
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Replace `${NAME}`, `${NAME:-default}` and `${NAME:?message}`; `$$` is a dollar sign."""

    def replaced(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        value = variables.get(found["name"], "")
        if value or found["how"] is None:
            return value
        if found["how"] == "?":
            raise MissingVariableError(found["rest"])
        return found["rest"]

    return VARIABLE.sub(replaced, text)


def environment(service: str, variables: Mapping[str, str] = REQUIRED) -> dict[str, str]:
    """The environment of a service's container."""
    given = load()["services"][service]["environment"]
    return {name: interpolate(str(value), variables) for name, value in given.items()}


def variables() -> dict[str, str]:
    """The variables that the file knows, with `-` or `?` for one that has a default or must be set."""
    text = "\n".join(
        line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")
    )
    return {found["name"]: found["how"] or "" for found in VARIABLE.finditer(text) if found["name"]}


def allowed(*more: str) -> str:
    """The value of `DIFY_PLUGINS_ALLOW` that leaves what the image has, and `more`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    standard = {Requirement(one).name for one in project["optional-dependencies"]["standard"]}
    return ",".join(sorted({*standard, *more}))
