"""Somebody who tries keys: each is refused, at the same cost, and nothing grows."""

import asyncio

import httpx

import dify_apps
from dify_accounts import ApiKeys
from dify_database import count_statements
from tests.faults.app_files import body_of, write_apps

GUESSES = 10_000
AT_ONCE = 50


async def test_ten_thousand_guesses_are_refused_at_the_same_cost_each(here):
    async with dify_apps.open(write_apps(here, "workflow"), serving=True) as apps:
        keys = await apps.runtime.services.get(ApiKeys)
        transport = httpx.ASGITransport(apps.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://runtime.test", timeout=60) as http:

            async def ask(key: str) -> tuple[int, str]:
                headers = {"Authorization": f"Bearer {key}"}
                answer = await http.post("/v1/workflows/run", headers=headers, json=body_of("workflow"))
                return answer.status_code, answer.json().get("code", "")

            async def guess(begin: int) -> set[tuple[int, str]]:
                return {await ask(f"app-{number:024d}") for number in range(begin, GUESSES, AT_ONCE)}

            with count_statements() as statements:
                found = await asyncio.gather(*(guess(begin) for begin in range(AT_ONCE)))
            assert set.union(*found) == {(401, "unauthorized")}
            assert len(statements) == GUESSES  # one look-up each, whatever the guess
            assert len(keys._memory._unknown._entries) <= 1_000
            assert len(keys._memory._known._entries) == 0

            with count_statements() as again:
                assert {await ask(f"app-{GUESSES - 1:024d}") for _ in range(20)} == {(401, "unauthorized")}
            assert len(again) <= 1  # the same guess again costs nothing
            headers = {"Authorization": f"Bearer {await apps.key('workflow')}"}
            good = await http.post("/v1/workflows/run", headers=headers, json=body_of("workflow", streaming=False))
            assert good.status_code == 200
