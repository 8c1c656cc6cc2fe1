"""What an app does, in the form of its rows: between an app file and the columns."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, Final

from dify_workflow.dsl import APP_VERSION, Document, from_mapping

from .config_columns import CONFIG_DEFAULTS, JSON_COLUMNS, TEXT_COLUMNS
from .variables import CONVERSATION, ENVIRONMENT, Variables, read_variables, stored_variables


@dataclass(frozen=True, slots=True)
class GraphContent:
    """A workflow. Its secrets are plain while it is handled and encrypted in rows; so it is never shown."""

    graph: dict[str, Any]
    features: dict[str, Any]
    environment: Variables
    conversation: Variables

    def __repr__(self) -> str:
        return f"GraphContent({len(self.graph.get('nodes') or ())} nodes)"

    def columns(self) -> dict[str, str]:
        """The columns of `workflows` that hold it."""
        return {
            "graph": to_text(self.graph),
            "features": to_text(self.features),
            "environment_variables": to_text(self.environment),
            "conversation_variables": to_text(self.conversation),
        }

    def section(self) -> dict[str, Any]:
        """The section `workflow` of a file."""
        return {
            "graph": self.graph,
            "features": self.features,
            "environment_variables": list(self.environment.values()),
            "conversation_variables": list(self.conversation.values()),
            "rag_pipeline_variables": [],
        }


@dataclass(frozen=True, slots=True)
class ConfigContent:
    """A model configuration: the values of the section `model_config`, as far as rows keep them."""

    values: dict[str, Any]

    def columns(self) -> dict[str, str | None]:
        """The columns of `app_model_configs` that hold it."""
        texts = {name: self.values.get(name) for name in TEXT_COLUMNS}
        parts = {name: to_text(self.values[name]) if name in self.values else None for name in JSON_COLUMNS}
        return {**texts, **parts}

    def section(self) -> dict[str, Any]:
        """The section `model_config` of a file; what is absent has the value that a run takes."""
        return {name: self.values.get(name, default) for name, default in CONFIG_DEFAULTS.items()}


type Content = GraphContent | ConfigContent


def content_of(document: Document) -> Content:
    """What a file says, as rows can hold it."""
    if document.workflow is None:
        raw = plain(document.raw["model_config"])
        names = (*TEXT_COLUMNS, *JSON_COLUMNS)
        return ConfigContent({name: raw[name] for name in names if raw.get(name) is not None})
    section = document.raw["workflow"]
    return GraphContent(
        plain(section.get("graph") or {}),
        plain(section.get("features") or {}),
        plain(stored_variables(document.environment_variables.values(), ENVIRONMENT)),
        plain(stored_variables(document.conversation_variables.values(), CONVERSATION)),
    )


def graph_of(row: Mapping[str, Any]) -> GraphContent:
    """What a row of `workflows` holds; its secrets are encrypted."""
    return GraphContent(
        json.loads(row["graph"] or "{}"),
        json.loads(row["features"] or "{}"),
        read_variables(row["environment_variables"]),
        read_variables(row["conversation_variables"]),
    )


def config_of(row: Mapping[str, Any]) -> ConfigContent:
    """What a row of `app_model_configs` holds."""
    texts = {name: row[name] for name in TEXT_COLUMNS if row[name] is not None}
    parts = {name: json.loads(row[name]) for name in JSON_COLUMNS if row[name]}
    return ConfigContent({**texts, **{name: value for name, value in parts.items() if value is not None}})


def document_of(app: Mapping[str, Any], content: Content) -> Document:
    """The file of an app, without dependencies: `app` has the columns of its row."""
    names = ("name", "mode", "icon", "icon_type", "icon_background", "description", "use_icon_as_answer_icon")
    section = "workflow" if isinstance(content, GraphContent) else "model_config"
    raw = {
        "version": APP_VERSION,
        "kind": "app",
        "app": {name: app[name] for name in names if app[name] is not None},
        "dependencies": [],
        section: content.section(),
    }
    return from_mapping(raw)


def with_environment(content: Content, environment: Variables) -> Content:
    """The content with other environment variables; a model configuration has none."""
    return replace(content, environment=environment) if isinstance(content, GraphContent) else content


def plain(value: Any) -> Any:
    """The value as JSON gives it back: dates and bytes, which YAML knows, become text."""
    return json.loads(to_text(value))


def to_text(value: Any) -> str:
    """The JSON that a column of text holds; escaped, so that every database takes every character."""
    return json.dumps(value, default=_text)


_TIMES: Final = (date, datetime, time)


def _text(value: Any) -> str:
    if isinstance(value, _TIMES):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)
