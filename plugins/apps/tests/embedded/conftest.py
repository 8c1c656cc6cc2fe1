"""App files in a working directory of their own, and nothing from the environment that would change a boot."""

import os
from pathlib import Path

import pytest

GREETER = """\
version: "0.5.0"
kind: app
app: {name: Greeter, mode: workflow, icon: x}
workflow:
  features: {}
  graph:
    nodes:
    - id: start
      type: custom
      data:
        type: start
        title: Start
        variables: [{variable: name, label: Name, type: text-input, required: true, max_length: 48}]
    - id: end
      type: custom
      data: {type: end, title: End, outputs: [{variable: name, value_selector: [start, name]}]}
    edges:
    - {id: e1, source: start, target: end}
"""
HELPER = """\
version: "0.5.0"
kind: app
app: {{name: {name}, mode: {mode}, icon: x}}
model_config:
  model: {{provider: scripted, name: helper, mode: chat, completion_params: {{}}}}
  pre_prompt: "{prompt}"
  user_input_form: []
"""
SLOW = {"SCRIPTED_MODELS": {"helper": [{"text": "one two three four", "chunks": 4, "delay": 0.05}]}}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with an app file of each kind."""
    for name in [name for name in os.environ if name.startswith(("DIFY_", "MODE", "DB_", "REDIS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DIFY_PLUGINS_DENY", "models-offline")  # it would name conversations, and take its time
    monkeypatch.chdir(tmp_path)
    (tmp_path / "greeter.yml").write_text(GREETER, encoding="utf-8")
    for name, mode, prompt in (("Helper", "chat", "You help."), ("Completer", "completion", "Complete {{query}}.")):
        text = HELPER.format(name=name, mode=mode, prompt=prompt)
        (tmp_path / f"{name.lower()}.yml").write_text(text, encoding="utf-8")
    return tmp_path
