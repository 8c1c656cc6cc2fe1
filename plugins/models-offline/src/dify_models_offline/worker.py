"""The process that one model lives in: requests come as lines of JSON on standard input, answers go to standard output.

    {"id": 1, "op": "chat", "body": {…}}     ->  {"id": 1, "event": …} …  {"id": 1, "done": true}
    {"cancel": 1}                            ->  the answer ends early

An error is `{"id": 1, "error": "…", "kind": "request" | "failure"}`. The process ends with its input.
"""

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from .engines import EmbeddingEngine, TextEngine


class Outbox:
    """Writes lines to whoever asked."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def send(self, **message: Any) -> None:
        """One line."""
        self._stream.write(json.dumps(message).encode() + b"\n")
        self._stream.flush()


class Worker:
    """Answers one request after the other."""

    def __init__(self, operations: dict[str, Callable[[dict[str, Any], Callable[[Any], bool]], None]]) -> None:
        self._operations = operations
        self._requests: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._cancelled: set[int] = set()

    def listen(self, stream: IO[bytes]) -> None:
        """Take requests until the input ends; in a thread of its own, so that a cancellation is seen."""
        for line in stream:
            message = json.loads(line)
            if "cancel" in message:
                self._cancelled.add(message["cancel"])
            else:
                self._requests.put(message)
        os._exit(0)  # whoever asked is gone: an answer that is under way has no reader

    def run(self, outbox: Outbox) -> None:
        """Answer for ever."""
        while (request := self._requests.get()) is not None:
            self._answer(request, outbox)

    def _answer(self, request: dict[str, Any], outbox: Outbox) -> None:
        identifier = request["id"]

        def tell(event: Any) -> bool:
            if identifier in self._cancelled:
                return True
            outbox.send(id=identifier, event=event)
            return False

        if identifier in self._cancelled:
            return
        try:
            self._operations[request["op"]](request["body"], tell)
        except ValueError as error:
            outbox.send(id=identifier, error=str(error), kind="request")
        except Exception as error:
            outbox.send(id=identifier, error=f"{type(error).__name__}: {error}", kind="failure")
        else:
            outbox.send(id=identifier, done=True)
        self._cancelled.discard(identifier)


def main(arguments: list[str]) -> None:
    """Load the model that the arguments name, and serve it."""
    # engines print to standard output; what they say must not get among the answers
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        worker = Worker({"chat": lambda *one: text().chat(*one), "embed": lambda *one: embed(*one)})
        options = json.loads(arguments[0])
        loaded: dict[str, Any] = {}

        def text() -> TextEngine:
            if "text" not in loaded:
                loaded["text"] = TextEngine(
                    Path(options["model"]), context_size=options["context_size"], threads=options["threads"]
                )
            engine: TextEngine = loaded["text"]
            return engine

        def embed(body: dict[str, Any], tell: Callable[[Any], bool]) -> None:
            if "embedding" not in loaded:
                loaded["embedding"] = EmbeddingEngine(
                    Path(options["embedding"]), Path(options["vocabulary"]), threads=options["threads"]
                )
            vectors, tokens = loaded["embedding"].embed(body["texts"])
            tell({"vectors": vectors, "tokens": tokens})

        threading.Thread(target=worker.listen, args=(sys.stdin.buffer,), daemon=True).start()
        worker.run(Outbox(answers))


if __name__ == "__main__":
    main(sys.argv[1:])
