"""The real command, in a process of its own and an empty directory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

GREETING = """
kind: app
version: 0.5.0
app: {mode: workflow, name: greeting}
workflow:
  graph:
    nodes:
      - id: start
        data:
          type: start
          title: Start
          variables:
            - {variable: name, type: text-input, required: true}
            - {variable: times, type: number}
            - {variable: loud, type: checkbox}
            - {variable: more, type: json_object}
            - {variable: doc, type: file}
            - {variable: docs, type: file-list}
      - id: say
        data:
          type: template-transform
          title: Say
          template: "Hello {{ name }}"
          variables: [{variable: name, value_selector: [start, name]}]
      - id: end
        data:
          type: end
          title: End
          outputs:
            - {variable: text, value_selector: [say, output]}
            - {variable: times, value_selector: [start, times]}
            - {variable: loud, value_selector: [start, loud]}
            - {variable: more, value_selector: [start, more]}
            - {variable: doc, value_selector: [start, doc, name]}
            - {variable: docs, value_selector: [start, docs]}
    edges:
      - {id: a, source: start, target: say, sourceHandle: source}
      - {id: b, source: say, target: end, sourceHandle: source}
"""

CHAT = """
kind: app
version: 0.5.0
app: {mode: advanced-chat, name: chat}
workflow:
  graph:
    nodes:
      - id: start
        data: {type: start, title: Start, variables: []}
      - id: llm
        data:
          type: llm
          title: Model
          model: {provider: openai, name: gpt, mode: chat, completion_params: {}}
          prompt_template: [{role: user, text: "{{#sys.query#}}"}]
          context: {enabled: false}
          vision: {enabled: false}
      - id: answer
        data: {type: answer, title: Answer, answer: "[{{#llm.text#}}]"}
    edges:
      - {id: a, source: start, target: llm, sourceHandle: source}
      - {id: b, source: llm, target: answer, sourceHandle: source}
"""


class Command:
    """Runs `dify-runtime` in an empty directory, without settings."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._environ = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        self._environ |= {"HOME": str(directory), "PYTHONUTF8": "1", "COLUMNS": "200"}

    def __call__(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        line = [sys.executable, "-m", "dify_runtime", *map(str, arguments)]
        environ = self._environ
        return subprocess.run(
            line, cwd=self.directory, env=environ, capture_output=True, text=True, timeout=100, check=False
        )

    def write(self, name: str, content: object) -> Path:
        path = self.directory / name
        text = content if isinstance(content, str) else json.dumps(content) if name.endswith("json") else None
        path.write_text(yaml.safe_dump(content) if text is None else text, encoding="utf-8")
        return path


@pytest.fixture
def command(tmp_path):
    """The command; files for it are written to its directory."""
    made = Command(tmp_path)
    made.write("greeting.yml", GREETING)
    made.write("chat.yml", CHAT)
    return made
