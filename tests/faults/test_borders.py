"""Every route with a key: what belongs to another app or workspace can be neither seen nor changed through it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from sqlalchemy import Table, insert, select

import dify_accounts.tables
import dify_apps
import dify_apps.tables
import dify_files.tables
from dify_accounts import ApiKeys, KeyType, Tenants
from dify_accounts.tables import ACCOUNTS, TENANT_ACCOUNT_JOINS, TENANTS
from dify_apps.library import AppLibrary
from dify_apps.tables.workflows import WORKFLOWS
from dify_database import Database, utc_now, uuid4_text
from tests.faults.app_files import MODES, app_file, body_of
from tests.faults.strangers import ANSWERED, ASKING, BODIES, FILE, MARK, NAMED, QUERIES, asking, filled

VARIABLE = "6d1b3f62-7a1e-4c36-9b8d-0e6a53d0c002"
VOLATILE = {"api_tokens", "runtime_runs", "runtime_run_journals"}
"""Tables whose rows change by themselves."""
PARAMETER = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")
UPLOADS = {"enabled": True, "allowed_file_types": ["document"], "allowed_file_upload_methods": ["local_file"]}
FEATURES = {"file_upload": UPLOADS, "suggested_questions_after_answer": {"enabled": True}}
RULES = {"helper": [{"when": "slow", "text": f"{MARK} " * 40, "chunks": 40, "delay": 0.25}]}


@dataclass
class Site:
    """Every app of two workspaces, and what the apps of the first have: ids by the names of parameters."""

    apps: dify_apps.Apps
    http: httpx.AsyncClient
    ids: dict[str, str] = field(default_factory=lambda: {"action": "enable", "variable_id": VARIABLE})

    @property
    def routes(self) -> list[str]:
        """The routes that a key opens, as method and path below `/v1`."""
        found = self.apps._embedded.host.http.routes
        return sorted(f"{one.method} {one.path.removeprefix('/v1')}" for one in found if _is_with_key(one))

    async def ask(self, key: str, method: str, path: str, **more: Any) -> httpx.Response:
        """One request."""
        headers = {"Authorization": f"Bearer {key}"}
        return await self.http.request(method, f"/v1{path}", headers=headers, **more)

    async def ask_for_it(self, key: str, route: str) -> httpx.Response:
        """Ask by a route for what the first workspace has."""
        method, _, rule = route.partition(" ")
        path = PARAMETER.sub(lambda found: self.ids[found[1]], rule)
        query = {"user": "bob", **filled(QUERIES.get(route, {}), self.ids)}
        if method == "GET":
            return await self.ask(key, method, path, params=query)
        if route in ("POST /files/upload", "POST /audio-to-text"):
            return await self.ask(key, method, path, data={"user": "bob"}, files={"file": ("a.txt", b"a")})
        return await self.ask(key, method, path, json={"user": "bob", **filled(BODIES[route], self.ids)})

    async def rows(self) -> dict[str, set[str]]:
        """Every row of every table, as text."""
        database = await self.apps.runtime.services.get(Database)
        tables: list[Table] = []
        for module in (dify_apps.tables, dify_accounts.tables, dify_files.tables):
            tables += [one for one in module.METADATA.sorted_tables if one.name not in VOLATILE]
        found = {}
        for table in tables:
            query = select(table)
            rows = await database.read(lambda session, query=query: session.execute(query))
            found[table.name] = {repr(tuple(row)) for row in rows}
        return found


def _is_with_key(route: Any) -> bool:
    return route.group == "service" and not route.public


@asynccontextmanager
async def opened(here: Any) -> AsyncIterator[Site]:
    """The first workspace with an app of each mode; each holds the mark."""
    files = [here / ASKING, *(here / f"{mode}.yml" for mode in MODES)]
    for mode in MODES:
        content = app_file(mode)
        if mode == "advanced-chat":
            mood = {"id": VARIABLE, "name": "mood", "value_type": "string", "value": MARK}
            content["workflow"] |= {"conversation_variables": [mood], "features": FEATURES}
        content["app"]["description"] = MARK
        (here / f"{mode}.yml").write_text(json.dumps(content), encoding="utf-8")
    (here / ASKING).write_text(json.dumps(asking()), encoding="utf-8")
    settings = {"SCRIPTED_MODELS": RULES}
    async with dify_apps.open(files, settings=settings, serving=True) as apps:
        transport = httpx.ASGITransport(apps.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://runtime.test", timeout=60) as http:
            yield Site(apps, http)


async def fill(site: Site) -> None:
    """Let Bob use the apps, and note the ids of all that comes of it."""
    ids, flow = site.ids, await site.apps.key("advanced-chat")
    upload = await site.ask(flow, "POST", "/files/upload", data={"user": "bob"}, files={"file": ("a.txt", b"Zanzibar")})
    ids["file_id"] = upload.json()["id"]
    ids["end_user_id"] = upload.json()["created_by"]
    turn = body_of("advanced-chat", MARK, streaming=False, files=[filled(FILE, ids)])
    said = (await site.ask(flow, "POST", "/chat-messages", json=turn)).json()
    ids |= {"conversation_id": said["conversation_id"], "message_id": said["message_id"]}
    note = {"question": MARK, "answer": MARK}
    ids["annotation_id"] = (await site.ask(flow, "POST", "/apps/annotations", json=note)).json()["id"]
    reply = BODIES["POST /apps/annotation-reply/<action>"]
    ids["job_id"] = (await site.ask(flow, "POST", "/apps/annotation-reply/enable", json=reply)).json()["job_id"]
    key = await site.apps.key("workflow")
    ran = (await site.ask(key, "POST", "/workflows/run", json=body_of("workflow", MARK, streaming=False))).json()
    ids["workflow_run_id"] = ran["workflow_run_id"]
    database = await site.apps.runtime.services.get(Database)
    query = select(WORKFLOWS.c.id).where(WORKFLOWS.c.version != "draft")
    ids["workflow_id"] = str(await database.read(lambda session: session.scalar(query)))
    paused = [event async for event in site.apps.run("human", {}, user="bob")]
    ids["form_token"] = next(one for one in paused if one["event"] == "human_input_required")["data"]["form_token"]


async def neighbours(site: Site) -> dict[str, list[str]]:
    """Keys of apps of each mode: of the same workspace, and of another one."""
    services = site.apps.runtime.services
    database, now = await services.get(Database), utc_now()
    tenant, account = uuid4_text(), uuid4_text()
    membership = {"id": uuid4_text(), "tenant_id": tenant, "account_id": account, "role": "owner"}
    for table, row in (
        (TENANTS, {"id": tenant, "name": "Neighbour"}),
        (ACCOUNTS, {"id": account, "name": "Eve", "email": "eve@example.com"}),
        (TENANT_ACCOUNT_JOINS, membership),
    ):
        statement = insert(table).values(**row, created_at=now, updated_at=now)
        await database.write(lambda session, statement=statement: session.execute(statement))
    home = (await (await services.get(Tenants)).default()).id
    owner = await (await services.get(Tenants)).owner(home)
    return {
        "another app": [await _key(services, mode, home, owner.id) for mode in MODES],
        "another workspace": [await _key(services, mode, tenant, account) for mode in MODES],
    }


async def _key(services: Any, mode: str, tenant: str, account: str) -> str:
    library, keys = await services.get(AppLibrary), await services.get(ApiKeys)
    text = json.dumps(app_file(mode))
    made = await library.import_app(text, tenant_id=tenant, account_id=account, publish=True)
    return str((await keys.create(KeyType.APP, tenant_id=tenant, app_id=made.app_id)).token)


async def test_nothing_of_an_app_is_seen_or_changed_with_the_key_of_another(here):
    async with opened(here) as site:
        await fill(site)
        strangers = await neighbours(site)
        slow = site.apps.chat("chat", "slow", user="bob")
        going_on = asyncio.create_task(_whole(slow))
        site.ids["task_id"] = await going_on_as(slow)
        assert set(site.ids) == NAMED
        own = [await site.apps.key(name) for name in (*MODES, "human")]
        for route in site.routes:  # what is asked for is there, or nothing would be shown by its absence
            if route.startswith("GET ") and PARAMETER.search(route):
                assert any([found(await site.ask_for_it(key, route)) for key in own]), route
        before = await site.rows()
        for who, keys in strangers.items():
            for route in site.routes:
                await _border(site, who, keys, route)
        after = await site.rows()
        lost = {name: rows - after[name] for name, rows in before.items() if rows - after[name]}
        assert not lost
        assert (await going_on)[-1]["event"] == "message_end"


def found(answer: httpx.Response) -> bool:
    """Whether what was asked for is there; without a model there are no questions to suggest."""
    return answer.status_code == 200 or answer.json()["code"] == "provider_not_initialize"


async def _border(site: Site, who: str, keys: list[str], route: str) -> None:
    answers = [await site.ask_for_it(key, route) for key in keys]
    for answer in answers:
        assert answer.status_code < 500, (who, route, answer.text)
        assert MARK not in answer.text, (who, route, answer.text)
        if PARAMETER.search(route) and route not in ANSWERED:
            assert answer.status_code in (400, 403, 404), (who, route, answer.text)


async def _whole(run: dify_apps.Run) -> list[dict[str, Any]]:
    return [event async for event in run]


async def going_on_as(run: dify_apps.Run) -> str:
    """The task of a run that has begun."""
    async for event in run:
        return str(event["task_id"])
    raise AssertionError("the run has no events")


async def test_every_route_with_a_key_has_a_border_test(here):
    async with opened(here) as site:
        for route in site.routes:
            assert set(PARAMETER.findall(route)) <= NAMED, f"{route}: `fill` must make what it names"
            assert route.startswith("GET ") or route in BODIES, f"{route}: say in BODIES how a stranger would try it"
        assert {*BODIES, *QUERIES, *ANSWERED} <= set(site.routes)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer app-nothing", "Basic YTpi"])
async def test_no_route_opens_without_a_key(here, header):
    async with opened(here) as site:
        for route in site.routes:
            method, _, rule = route.partition(" ")
            path = PARAMETER.sub("11111111-1111-4111-8111-111111111111", rule)
            answer = await site.http.request(method, f"/v1{path}", headers={"Authorization": header} if header else {})
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), route
