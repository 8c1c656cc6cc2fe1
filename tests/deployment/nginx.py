"""nginx with the configuration of the deployment, as its container makes it: the template, with variables replaced."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from tests.deployment.compose import ROOT, environment
from tests.deployment.running import Process, program

TEMPLATE = ROOT / "docs/deploy/nginx/nginx.conf.template"
VARIABLE = re.compile(r"\$\{(\w+)\}")


def render(values: Mapping[str, str]) -> str:
    """The configuration; a variable that `values` lack stays, as with the container's `envsubst`."""
    return VARIABLE.sub(lambda found: values.get(found[1], found[0]), TEMPLATE.read_text(encoding="utf-8"))


def configure(directory: Path, **addresses: str) -> list[str]:
    """Write the configuration into `directory`; returns the command that runs nginx with it.

    What is not an address or a directory is as in the compose file.
    """
    extra = directory / "extra"
    extra.mkdir(exist_ok=True)
    own = {"NGINX_RUN_DIR": str(directory), "NGINX_EXTRA_DIR": str(extra), "NGINX_WORKER_PROCESSES": "1"}
    file = directory / "nginx.conf"
    file.write_text(render({**environment("nginx"), **own, **addresses}))
    return [program("nginx"), "-c", str(file), "-g", "daemon off;"]


def nginx(directory: Path, **addresses: str) -> Process:
    """The process, not yet started."""
    command = configure(directory, **addresses)
    return Process(directory / "nginx.log", command, {"PATH": os.environ["PATH"]}, directory)
