"""Running the probe: one process per entry point and one for the environment, a few at a time."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from pydantic import ValidationError

from ..errors import HostError
from .facts import EnvironmentFacts, PluginFacts
from .probe import MARK

TIME_LIMIT: Final = 60.0
"""Seconds after which an import counts as one that never ends, unless told otherwise."""

_PROBE: Final = "dify_runtime.checker.probe"


def probe_plugins(questions: Iterable[dict[str, Any]], time_limit: float = TIME_LIMIT) -> list[PluginFacts]:
    """The facts of each entry point in turn; one that kills its process, or never ends, has an `error`."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(partial(_probe_plugin, time_limit), questions))


def _probe_plugin(time_limit: float, question: dict[str, Any]) -> PluginFacts:
    name, value = str(question["name"]), str(question["value"])
    try:
        finished = _run(question, time_limit, "-X", "importtime")
    except subprocess.TimeoutExpired:
        return PluginFacts(name=name, value=value, error=f"its import did not end within {time_limit:g} s")
    try:
        facts = PluginFacts.model_validate_json(finished.stdout)
    except ValidationError:
        return PluginFacts(
            name=name, value=value, error=f"its import ended the process with status {finished.returncode}"
        )
    for top, milliseconds in _import_times(finished.stderr).items():
        if top in facts.dragged:
            facts.dragged[top] = milliseconds
    return facts


def probe_environment() -> EnvironmentFacts:
    """The facts of all that is installed; raises `HostError` when an installed plugin kills or holds up the process."""
    hint = "uninstall or repair the plugin whose import does that"
    try:
        finished = _run({}, TIME_LIMIT)
        return EnvironmentFacts.model_validate_json(finished.stdout)
    except subprocess.TimeoutExpired as error:
        message = f"looking at the installed plugins did not end within {TIME_LIMIT:g} s"
        raise HostError(message, hint=hint) from error
    except ValidationError as error:
        message = f"looking at the installed plugins ended the process with status {finished.returncode}"
        raise HostError(message, hint=hint) from error


def _run(question: dict[str, Any], time_limit: float, *options: str) -> subprocess.CompletedProcess[str]:
    # -P: the working directory is not the environment, and must not shadow it
    command = [sys.executable, "-P", *options, "-m", _PROBE, json.dumps(question)]
    return subprocess.run(  # noqa: S603 - our own module; the question is data to it
        command, capture_output=True, text=True, timeout=time_limit, check=False
    )


def _import_times(report: str) -> dict[str, float]:
    """Milliseconds by top-level module, without what their imports in turn import, from `-X importtime`."""
    times: dict[str, float] = {}
    for line in report.partition(MARK)[2].splitlines():
        fields: Sequence[str] = line.removeprefix("import time:").split("|")
        if len(fields) == 3 and fields[0].strip().isdigit():
            top = fields[2].strip().partition(".")[0]
            times[top] = times.get(top, 0.0) + int(fields[0]) / 1000
    return times
