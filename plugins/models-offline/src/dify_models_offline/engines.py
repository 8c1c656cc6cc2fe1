"""The models themselves, as the worker process runs them: heavy, and blocking."""

import os
import re
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

LONGEST: Final = 256
"""Tokens of a text that the embedding model reads; what follows is left out, as the model was made."""


class TextEngine:
    """A language model on llama.cpp."""

    def __init__(self, path: Path, *, context_size: int, threads: int) -> None:
        import xllamacpp  # type: ignore[import-not-found, import-untyped, unused-ignore]  # optional, and without types

        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(path)
        parameters.n_ctx = context_size
        parameters.n_parallel = 1
        parameters.warmup = False
        parameters.verbosity = -1
        parameters.cpuparams.n_threads = threads or _threads()
        parameters.api_keys = [secrets.token_urlsafe(32)]  # the engine listens on loopback: for nobody
        self._server = xllamacpp.Server(parameters)

    def chat(self, body: dict[str, Any], tell: Callable[[Any], bool]) -> None:
        """Answer a chat; every event goes to `tell`, which returns True to end it. A refusal is a `ValueError`."""
        refusals: list[str] = []

        def on_event(event: Any) -> bool:
            if isinstance(event, dict) and "error" in event:
                refusals.append(str(event["error"].get("message", "refused")))
                return True
            return tell(event)

        answer = self._server.handle_chat_completions(body, on_event)
        if isinstance(answer, dict) and "error" in answer:
            refusals.append(str(answer["error"].get("message", "refused")))
        if refusals:
            raise ValueError(refusals[0])


class EmbeddingEngine:
    """A sentence encoder on ONNX Runtime: mean of the tokens' vectors, of length 1."""

    def __init__(self, path: Path, vocabulary: Path, *, threads: int) -> None:
        import onnxruntime  # type: ignore[import-not-found, import-untyped, unused-ignore]  # as above

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or _threads()
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._tokenizer = _tokenizer(vocabulary)

    def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], int]:
        """The vectors, and how many tokens were read."""
        import numpy as np  # with the engine: optional

        found = self._tokenizer.encode_batch([re.sub(r"\s+", " ", text) for text in texts])
        mask = np.array([one.attention_mask for one in found], dtype=np.int64)
        given = {"input_ids": np.array([one.ids for one in found], dtype=np.int64), "attention_mask": mask}
        if "token_type_ids" in self._inputs:
            given["token_type_ids"] = np.zeros_like(mask)
        states = self._session.run(None, given)[0]
        if states.ndim == 3:
            weights = mask[..., None].astype(np.float32)
            states = (states * weights).sum(axis=1) / np.clip(weights.sum(axis=1), 1e-9, None)
        vectors = states / np.clip(np.linalg.norm(states, axis=1, keepdims=True), 1e-9, None)
        return vectors.astype(float).tolist(), int(mask.sum())


def _threads() -> int:
    """Half of the processors: threads of one model wait for each other, and where others work too they wait long."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, usable // 2)


def _tokenizer(vocabulary: Path) -> Any:
    from tokenizers import BertWordPieceTokenizer, Tokenizer

    tokenizer: Any
    if vocabulary.suffix == ".json":
        tokenizer = Tokenizer.from_file(str(vocabulary))
    else:
        tokenizer = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
    tokenizer.enable_truncation(LONGEST)
    tokenizer.enable_padding()
    return tokenizer
