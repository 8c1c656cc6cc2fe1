"""The section `dependencies` of app files: which plugins an app needs, as far as the app itself and its file say."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from dify_workflow.dsl import Dependency, Document, analysed_plugins, required_plugins

from ..tables.apps import RUNTIME_APP_DEPENDENCIES
from .content import plain

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

type Declared = Sequence[Mapping[str, Any]]
"""Entries as they stood in a file: with the version, the checksum and the source of each plugin."""

_TABLE = RUNTIME_APP_DEPENDENCIES


def declared_in(document: Document) -> Declared:
    """The entries of a file that name a plugin."""
    entries = zip(document.raw.get("dependencies") or (), document.dependencies, strict=True)
    return [{**plain(raw), "current_identifier": None} for raw, read in entries if read.plugin_id]


def dependencies_of(document: Document, declared: Declared) -> list[Mapping[str, Any]]:
    """The entries for an export, sorted by plugin: of each plugin that the app names, what its file declared of it.

    A plugin that no file has declared has the version that a node names; where none does, that is left to the reader.
    """
    named, in_nodes = set(required_plugins(document)), dict(_identifiers(document.graph))
    entries = {plugin: _undeclared(in_nodes.get(plugin, plugin)) for plugin in analysed_plugins(document)}
    for entry in declared:
        plugin = plugin_of(entry)
        if plugin in named:
            entries[plugin] = entry
    return [entries[plugin] for plugin in sorted(entries)]


def plugin_of(entry: Mapping[str, Any]) -> str | None:
    """The plugin that an entry names, as `author/name`."""
    return Dependency.model_validate(entry).plugin_id


async def find_declared(session: "AsyncSession", app_id: str) -> Declared:
    """What the app's file declared; nothing for an app that came from none."""
    text = await session.scalar(select(_TABLE.c.dependencies).where(_TABLE.c.app_id == app_id))
    return json.loads(text) if text else []


async def put_declared(session: "AsyncSession", app_id: str, declared: Declared) -> None:
    """Keep what the app's file declares, in place of what an earlier one did."""
    await session.execute(delete(_TABLE).where(_TABLE.c.app_id == app_id))
    if declared:
        await session.execute(insert(_TABLE).values(app_id=app_id, dependencies=json.dumps(declared)))


def _identifiers(value: Any) -> Iterator[tuple[str, str]]:
    """The plugins with their identifiers that nodes of tools, strategies and triggers name, however deep."""
    if isinstance(value, dict):
        identifier = value.get("plugin_unique_identifier")
        if isinstance(identifier, str) and ":" in identifier:
            yield identifier.partition(":")[0], identifier
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _identifiers(item)


def _undeclared(identifier: str) -> Mapping[str, Any]:
    value = {"marketplace_plugin_unique_identifier": identifier, "version": None}
    return {"current_identifier": None, "type": "marketplace", "value": value}
