"""An app of each mode, as a file: all ask one model, or a provider that a test chooses."""

import json
from pathlib import Path
from typing import Any

MODES = ("workflow", "advanced-chat", "chat", "completion", "agent-chat")
PATHS = {"workflow": "/workflows/run", "completion": "/completion-messages"}
"""Where apps are run; all others at `/chat-messages`."""
PROMPT = [{"paragraph": {"label": "Query", "variable": "query", "required": True, "max_length": 2048, "default": ""}}]


def write_apps(directory: Path, *modes: str, provider: str = "scripted", model: str = "helper") -> list[Path]:
    """Write an app of each of `modes` (default: all), `<mode>.yml`."""
    files = []
    for mode in modes or MODES:
        file = directory / f"{mode}.yml"
        file.write_text(json.dumps(app_file(mode, provider, model)), encoding="utf-8")
        files.append(file)
    return files


def app_file(mode: str, provider: str = "scripted", model: str = "helper") -> dict[str, Any]:
    """The content of an app file; the app is called like its mode. JSON is YAML too."""
    chosen = {"provider": provider, "name": model, "mode": "chat", "completion_params": {}}
    head = {"version": "0.5.0", "kind": "app", "app": {"name": mode, "mode": mode, "icon": "x"}}
    if mode in ("workflow", "advanced-chat"):
        return {**head, "workflow": {"features": {}, "graph": _graph(mode, chosen)}}
    config: dict[str, Any] = {"model": chosen, "pre_prompt": ""}
    if mode == "completion":
        config |= {"pre_prompt": "{{query}}", "user_input_form": PROMPT}
    if mode == "agent-chat":
        config["agent_mode"] = {"enabled": True, "strategy": "function_call", "tools": []}
    return {**head, "model_config": config}


def _graph(mode: str, model: dict[str, Any]) -> dict[str, Any]:
    """A start, a model that is asked what the start was given, and an end that gives its answer back."""
    asked = "{{#sys.query#}}" if mode == "advanced-chat" else "{{#start.query#}}"
    field = {"variable": "query", "label": "Query", "type": "paragraph", "required": mode == "workflow"}
    end = (
        {"type": "answer", "title": "Answer", "answer": "{{#llm.text#}}"}
        if mode == "advanced-chat"
        else {"type": "end", "title": "End", "outputs": [{"variable": "answer", "value_selector": ["llm", "text"]}]}
    )
    data = {
        "start": {"type": "start", "title": "Start", "variables": [{**field, "max_length": 4096}]},
        "llm": {
            "type": "llm",
            "title": "Model",
            "model": model,
            "prompt_template": [{"role": "user", "text": asked}],
            "context": {"enabled": False, "variable_selector": []},
            "vision": {"enabled": False},
        },
        "end": end,
    }
    nodes = [{"id": name, "type": "custom", "data": one} for name, one in data.items()]
    edges = [{"id": f"{a}-{b}", "source": a, "target": b} for a, b in (("start", "llm"), ("llm", "end"))]
    return {"nodes": nodes, "edges": edges}


def path_of(mode: str) -> str:
    """Where an app of the mode is run, below `/v1`."""
    return PATHS.get(mode, "/chat-messages")


def stop_path(mode: str, task_id: str) -> str:
    """Where a run of an app of the mode is stopped."""
    return {
        "workflow": f"/workflows/tasks/{task_id}/stop",
        "completion": f"/completion-messages/{task_id}/stop",
    }.get(mode, f"/chat-messages/{task_id}/stop")


def body_of(
    mode: str, text: str = "Hello", *, streaming: bool = True, user: str = "bob", **more: Any
) -> dict[str, Any]:
    """A request that runs an app of the mode on `text`."""
    inputs = {"query": text} if mode in ("workflow", "completion") else {}
    body = {"inputs": inputs, "user": "bob", "response_mode": "streaming" if streaming else "blocking", **more}
    return body if inputs else {**body, "query": text}
