"""A runtime that serves the Service API, workspaces and apps in it, and clients with their keys."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from dify_accounts import ApiKeys, KeyType, Tenants
from dify_accounts.plugin import AccountsPlugin
from dify_accounts.service_plugin import AccountsServicePlugin
from dify_accounts.tables import ACCOUNTS, TENANT_ACCOUNT_JOINS, TENANTS
from dify_apps.library import AppLibrary
from dify_apps.plugin import AppsPlugin
from dify_apps.plugin_modes import AppModesPlugin
from dify_apps.plugin_service import AppsServicePlugin
from dify_cache.local.plugin import CacheLocalPlugin
from dify_cache.plugin import CachePlugin
from dify_database import Database, utc_now, uuid4_text
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from dify_egress.plugin import EgressPlugin
from dify_files.plugin import FilesPlugin
from dify_files.service_plugin import FilesServicePlugin
from dify_foundation.code_based_extension.plugin import CodeBasedExtensionPlugin
from dify_foundation.json_provider.plugin import JsonPlugin
from dify_groups.group_service.plugin import GroupServicePlugin
from dify_nodes.plugin import NodesPlugin
from dify_runtime_sdk import Plugin
from dify_sandbox.interpreter.plugin import SandboxInterpreterPlugin
from dify_sandbox.local.plugin import SandboxLocalPlugin
from dify_sandbox.plugin import SandboxPlugin
from dify_secrets.plugin import SecretsPlugin
from dify_storage.local.plugin import StorageLocalPlugin
from dify_storage.plugin import StoragePlugin
from dify_workflow.plugin import WorkflowPlugin

PLUGINS: dict[str, type[Plugin]] = {
    "json": JsonPlugin,
    "database": DatabasePlugin,
    "migrations": MigrationsPlugin,
    "cache": CachePlugin,
    "cache-local": CacheLocalPlugin,
    "storage": StoragePlugin,
    "storage-local": StorageLocalPlugin,
    "secrets": SecretsPlugin,
    "egress": EgressPlugin,
    "code-based-extension": CodeBasedExtensionPlugin,
    "accounts": AccountsPlugin,
    "group-service": GroupServicePlugin,
    "accounts-service": AccountsServicePlugin,
    "files": FilesPlugin,
    "files-service": FilesServicePlugin,
    "sandbox": SandboxPlugin,
    "sandbox-interpreter": SandboxInterpreterPlugin,
    "sandbox-local": SandboxLocalPlugin,
    "workflow": WorkflowPlugin,
    "nodes": NodesPlugin,
    "apps": AppsPlugin,
    "apps-modes": AppModesPlugin,
    "apps-service": AppsServicePlugin,
}
SETTINGS = {"MIGRATION_ENABLED": True, "SECRET_KEY": "k" * 42, "FILES_URL": "http://files.test"}


@dataclass
class Client:
    """One app as the program of a customer sees it."""

    http: Any
    key: str
    app_id: str

    async def call(self, method: str, path: str, **arguments: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"}
        return await self.http.request(method, f"/v1{path}", headers=headers, **arguments)

    async def get(self, path: str, **query: Any) -> Any:
        return await self.call("GET", path, params=query)

    async def post(self, path: str, **body: Any) -> Any:
        return await self.call("POST", path, json=body)

    async def put(self, path: str, **body: Any) -> Any:
        return await self.call("PUT", path, json=body)

    async def delete(self, path: str, **body: Any) -> Any:
        return await self.call("DELETE", path, json=body)

    async def say(self, query: str, *, user: str = "bob", **more: Any) -> dict[str, Any]:
        """A turn of a conversation; its blocking answer."""
        answer = await self.post("/chat-messages", **{"inputs": {}, "query": query, "user": user, **more})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def run(self, *, user: str = "bob", **inputs: Any) -> dict[str, Any]:
        """A run of a workflow; its blocking answer."""
        answer = await self.post("/workflows/run", inputs=inputs, user=user)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


class World:
    """A booted runtime, and what is made in it."""

    def __init__(self, booted: Any) -> None:
        self.booted = booted

    async def database(self) -> Any:
        return await self.booted.services.get(Database)

    async def insert(self, table: Any, **values: Any) -> str:
        """Add a row with a new id, and the times of now; its id."""
        now, row_id = utc_now(), uuid4_text()
        made = {name: now for name in ("created_at", "updated_at") if name in table.c}
        row = {"id": row_id, **made, **values}
        await (await self.database()).write(lambda session: session.execute(insert(table).values(**row)))
        return str(row["id"])

    async def home(self) -> str:
        """The first workspace."""
        tenant = await (await self.booted.services.get(Tenants)).default()
        return str(tenant.id)

    async def neighbour(self) -> str:
        """Another workspace, with an owner."""
        tenant = await self.insert(TENANTS, name="Neighbour")
        owner = await self.insert(ACCOUNTS, name="Eve", email="eve@example.com")
        await self.insert(TENANT_ACCOUNT_JOINS, tenant_id=tenant, account_id=owner, role="owner")
        return tenant

    async def app(self, text: str, *, tenant_id: str | None = None) -> Client:
        """Import and publish an app, and make a key of it."""
        tenant = tenant_id or await self.home()
        owner = await (await self.booted.services.get(Tenants)).owner(tenant)
        library = await self.booted.services.get(AppLibrary)
        result = await library.import_app(text, tenant_id=tenant, account_id=owner.id, publish=True)
        assert result.status == "completed", result
        keys = await self.booted.services.get(ApiKeys)
        key = await keys.create(KeyType.APP, tenant_id=tenant, app_id=result.app_id)
        return Client(self.booted.client, key.token, result.app_id)


def chatflow(*, name: str = "Flow", **features: Any) -> str:
    """A chatflow that repeats the question, with conversation variables of several types."""
    return _CHATFLOW.format(name=name, features=json.dumps({"opening_statement": "Welcome!", **features}))


def workflow(*, name: str = "Work", code: str = "", **features: Any) -> str:
    """A workflow that takes a text and gives it back."""
    return _WORKFLOW.format(name=name, features=json.dumps(features))


def completion(**config: Any) -> str:
    """A completion app; its configuration in addition to the model."""
    return _CONFIG.format(mode="completion", config=json.dumps(config)[1:-1] or '"pre_prompt": ""')


def chat(**config: Any) -> str:
    """A chat app; its configuration in addition to the model."""
    return _CONFIG.format(mode="chat", config=json.dumps(config)[1:-1] or '"pre_prompt": ""')


_CHATFLOW = """\
version: "0.5.0"
kind: app
app: {{name: {name}, mode: advanced-chat, icon: 🤖, icon_background: '#FFEAD5', description: repeats}}
workflow:
  environment_variables: []
  conversation_variables:
  - {{id: 6d1b3f62-7a1e-4c36-9b8d-0e6a53d0c001, name: visits, value_type: number, value: 0, description: how often}}
  - {{id: 6d1b3f62-7a1e-4c36-9b8d-0e6a53d0c002, name: mood, value_type: string, value: calm}}
  - {{id: 6d1b3f62-7a1e-4c36-9b8d-0e6a53d0c003, name: tags, value_type: 'array[string]', value: [a]}}
  features: {features}
  graph:
    nodes:
    - id: start
      type: custom
      data:
        type: start
        title: Start
        variables:
        - {{variable: who, label: Who, type: text-input, required: false, max_length: 48, options: []}}
    - id: answer
      type: custom
      data: {{type: answer, title: Answer, answer: "You said {{{{#sys.query#}}}}", variables: []}}
    edges:
    - {{id: e1, source: start, target: answer}}
"""

_WORKFLOW = """\
version: "0.5.0"
kind: app
app: {{name: {name}, mode: workflow, icon: 🤖, icon_background: '#FFEAD5', description: gives back}}
workflow:
  environment_variables: []
  conversation_variables: []
  features: {features}
  graph:
    nodes:
    - id: start
      type: custom
      data:
        type: start
        title: Start
        variables:
        - {{variable: text, label: Text, type: paragraph, required: true, max_length: 4096, options: []}}
    - id: end
      type: custom
      data: {{type: end, title: End, outputs: [{{variable: result, value_selector: [start, text]}}]}}
    edges:
    - {{id: e1, source: start, target: end}}
"""

_CONFIG = """\
version: 0.5.0
kind: app
app: {{name: Helper, mode: {mode}, icon: 🤖, description: helps}}
model_config: {{"model": {{"provider": "langgenius/openai/openai", "name": "small", "mode": "chat",
  "completion_params": {{}}}}, {config}}}
"""
