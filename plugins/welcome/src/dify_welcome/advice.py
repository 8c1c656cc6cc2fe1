"""What to type next, in words and commands that work as they are printed."""

import json
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.http import ApiDocsPage

from .fields import Field
from .settings import WelcomeSettings

CHATS: Final = frozenset({"chat", "agent-chat", "advanced-chat"})
"""The modes that answer a turn of a conversation."""
_API: Final = "/v1"
_RUN_BY: Final = {"workflow": "/workflows/run", "completion": "/completion-messages"}
_COMMAND: Final = "dify-runtime"


def program(prefix: Path | None = None) -> str:
    """How this program is called here: by `uv run` in the environment of a uv project."""
    project = Path(sys.prefix if prefix is None else prefix).parent
    return f"uv run {_COMMAND}" if (project / "uv.lock").is_file() else _COMMAND


def model_advice() -> list[str]:
    """How to get a language model, one way per line."""
    command = program()
    return [
        "no language model is set up, so that only the example Greeting can answer; get one by any of these:",
        f"  {command} offline install   # a small one on this machine, 440 MB; then start again",
        f"  OPENAI_API_KEY=... {command} serve",
        f"  OPENAI_API_KEY=... OPENAI_BASE_URL=http://127.0.0.1:8000/v1 EXAMPLE_MODEL=openai/NAME {command} serve",
        f"  OLLAMA_BASE_URL=http://127.0.0.1:11434 EXAMPLE_MODEL=ollama/NAME {command} serve",
        f"  ANTHROPIC_API_KEY=... {command} serve",
    ]


def api_docs(runtime: Runtime) -> str | None:
    """Where the docs of the Service API are; None where there are none."""
    if not runtime.services.offered(ApiDocsPage):
        return None
    return f"{_API}{runtime.settings(WelcomeSettings).SWAGGER_UI_PATH}"


def curl(mode: str, key: str, form: Iterable[Field], question: str = "") -> str | None:
    """A command that runs an app, with inputs that its form takes; None for an app that cannot be run by one line."""
    path = "/chat-messages" if mode in CHATS else _RUN_BY.get(mode)
    required = [field for field in form if field.required]
    if path is None or any(field.is_file for field in required):
        return None
    body: dict[str, Any] = {"inputs": {field.name: _sample(field) for field in required}}
    if mode in CHATS:
        body["query"] = question or "Hello!"
    words: Sequence[str] = (
        *("curl", f"{{url}}{_API}{path}", "-H", f"Authorization: Bearer {key}"),
        *("-H", "Content-Type: application/json", "-d", json.dumps({**body, "user": "me"}, ensure_ascii=False)),
    )
    return " ".join(word if word.startswith("{url}") else shlex.quote(word) for word in words)


def _sample(field: Field) -> Any:
    """A value that the field takes."""
    if field.kind == "select":
        return next(iter(field.options), "")
    samples: dict[str, Any] = {"number": 1, "checkbox": True, "json_object": {}}
    return samples.get(field.kind, "Ann"[: field.max_length])
