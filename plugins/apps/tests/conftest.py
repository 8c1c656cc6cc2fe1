"""Runtimes with apps on each database, a workspace in them, and app files."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from dify_accounts import Setup, Tenant, Tenants
from dify_accounts.plugin import AccountsPlugin
from dify_apps.library import AppLibrary
from dify_apps.plugin import AppsPlugin
from dify_cache.local.plugin import CacheLocalPlugin
from dify_cache.plugin import CachePlugin
from dify_database import Database
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from dify_database.testing.plugin import Migrated
from dify_egress.plugin import EgressPlugin
from dify_files.plugin import FilesPlugin
from dify_runtime_sdk import Plugin
from dify_secrets.plugin import SecretsPlugin
from dify_storage.local.plugin import StorageLocalPlugin
from dify_storage.plugin import StoragePlugin
from dify_workflow.plugin import WorkflowPlugin

PASSWORD = "correct horse 1"

collect_ignore = [] if os.environ.get("DIFY_CORPUS") else ["test_library_corpus.py"]


@pytest.fixture
def plugins() -> dict[str, type[Plugin]]:
    """What apps need, and apps."""
    return {
        "database": DatabasePlugin,
        "migrations": MigrationsPlugin,
        "cache": CachePlugin,
        "cache-local": CacheLocalPlugin,
        "storage": StoragePlugin,
        "storage-local": StorageLocalPlugin,
        "secrets": SecretsPlugin,
        "egress": EgressPlugin,
        "accounts": AccountsPlugin,
        "files": FilesPlugin,
        "workflow": WorkflowPlugin,
        "apps": AppsPlugin,
    }


@pytest.fixture
async def booted(
    runtime: Any, plugins: dict[str, type[Plugin]], database_settings: dict[str, Any], migrated: Migrated
) -> Any:
    """A runtime without the role `api`, so that no workspace is made by itself; once per database."""
    settings = {"MIGRATION_ENABLED": True, **database_settings}
    return await runtime(plugins, roles=("job",), settings=await migrated(plugins, settings))


@pytest.fixture
async def database(booted: Any) -> Database:
    """The service."""
    return await booted.services.get(Database)


@pytest.fixture
async def tenant(booted: Any) -> Tenant:
    """A workspace with an owner who has a password."""
    setup = await booted.services.get(Setup)
    return await setup.create(email="ann@example.com", name="Ann", password=PASSWORD)


@pytest.fixture
async def who(booted: Any, tenant: Tenant) -> dict[str, str]:
    """The workspace and its owner, as arguments of the library's operations."""
    owner = await (await booted.services.get(Tenants)).owner(tenant.id)
    return {"tenant_id": tenant.id, "account_id": owner.id}


@pytest.fixture
async def library(booted: Any) -> AppLibrary:
    """The service."""
    return await booted.services.get(AppLibrary)


@pytest.fixture
def workflow_text() -> Callable[..., str]:
    """Make the text of a workflow app: `workflow_text(name=..., greeting=..., secret=..., mode=...)`."""

    def workflow_text(
        name: str = "Greeter",
        *,
        greeting: str = "Hello",
        secret: str | None = None,
        mode: str = "workflow",
        version: str = "0.5.0",
        dataset: str | None = None,
    ) -> str:
        return _WORKFLOW.format(
            name=name,
            greeting=greeting,
            mode=mode,
            version=version,
            environment="[]" if secret is None else _SECRET.format(secret=secret),
            knowledge="" if dataset is None else _KNOWLEDGE.format(dataset=dataset),
        )

    return workflow_text


@pytest.fixture
def chat_text() -> Callable[..., str]:
    """Make the text of a chat app: `chat_text(name=..., prompt=...)`."""
    return lambda name="Helper", prompt="You help.": _CHAT.format(name=name, prompt=prompt)


_WORKFLOW = """\
version: "{version}"
kind: app
app: {{name: {name}, mode: {mode}, icon: 🤖, icon_background: '#FFEAD5', description: greets}}
workflow:
  environment_variables: {environment}
  conversation_variables:
  - {{name: mood, value_type: string, value: calm}}
  features: {{opening_statement: Welcome}}
  graph:
    nodes:
    - {{id: start, type: custom, data: {{type: start, title: Start, variables: []}}}}
    - id: greet
      type: custom
      data: {{type: template-transform, title: Greet, template: "{greeting}", variables: []}}
{knowledge}
    edges:
    - {{id: e1, source: start, target: greet}}
"""

_SECRET = "[{{id: e-1, name: token, value_type: secret, value: '{secret}'}}]"

_KNOWLEDGE = (
    "    - {{id: know, type: custom, data: {{type: knowledge-retrieval, title: K, dataset_ids: ['{dataset}']}}}}"
)

_CHAT = """\
version: 0.5.0
kind: app
app: {{name: {name}, mode: chat, icon: 🤖}}
model_config:
  model: {{provider: langgenius/openai/openai, name: small, mode: chat, completion_params: {{}}}}
  pre_prompt: {prompt}
  user_input_form:
  - text-input: {{label: Who, variable: who, required: true, max_length: 48}}
"""
