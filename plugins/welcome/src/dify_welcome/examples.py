"""The example apps: which there are, when they are served, and on which model."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from dify_apps.front import AppReader
from dify_apps.library import Workplace, file_app_id, first_workplace
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.models import ModelId

WRITTEN_FOR: Final = ModelId("offline", "smollm2-135m-instruct")
"""The model that the files name."""

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Example:
    """The file of one example app."""

    name: str
    text: str

    @property
    def key(self) -> str:
        """What the file is called for ever, wherever it is installed; no path looks like it."""
        return f"dify-runtime:examples/{self.name}"

    def on(self, model: ModelId) -> str:
        """The file with `model` in the place of the one that it names."""
        text = self.text.replace(f"provider: {WRITTEN_FOR.provider}\n", f"provider: {json.dumps(model.provider)}\n")
        return text.replace(f"name: {WRITTEN_FOR.name}\n", f"name: {json.dumps(model.name)}\n")


def read_examples() -> list[Example]:
    """The files, by name; blocks."""
    folder = files(__package__) / "apps"
    found = (one for one in folder.iterdir() if one.name.endswith(".yml"))
    return [Example(one.name, one.read_text(encoding="utf-8")) for one in sorted(found, key=lambda one: one.name)]


async def serve_examples(runtime: Runtime, tenant_id: str, model: ModelId | None) -> Sequence[str]:
    """The ids of the example apps, made what their files say, on `model` if there is one; none beside other apps.

    What was made of them is remembered, so that a start that would change nothing need not load the library.
    """
    examples = await asyncio.to_thread(read_examples)
    own = {file_app_id(one.key, tenant_id): one for one in examples}
    there = await (await runtime.services.get(AppReader)).newest(tenant_id=tenant_id, limit=len(own) + 1)
    if not own.keys() >= set(there):
        return ()
    texts = [one.text if model is None else one.on(model) for one in examples]
    memory, mark = runtime.home / "examples", _mark(own, texts)
    if len(there) < len(own) or await asyncio.to_thread(_read, memory) != mark:
        place = await first_workplace(runtime)
        for example, text in zip(examples, texts, strict=True):
            await _serve(place, example, text, known=model is not None)
        await asyncio.to_thread(_write, memory, mark)
    return list(own)


async def _serve(place: Workplace, example: Example, text: str, *, known: bool) -> None:
    done = await place.library.apply_file(text, key=example.key, **place.who)
    for warning in done.warnings if known else ():  # without a model the banner says what they would
        _log.warning("the example %s: %s", example.name, warning)


def _mark(ids: Iterable[str], texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join((*ids, *texts)).encode()).hexdigest()


def _read(memory: Path) -> str | None:
    try:
        return memory.read_text(encoding="utf-8")
    except OSError:
        return None


def _write(memory: Path, mark: str) -> None:
    memory.parent.mkdir(parents=True, exist_ok=True)
    memory.write_text(mark, encoding="utf-8")
