"""Batches, and what the declarations cost."""

import asyncio
import subprocess
import sys

import pytest

from dify_tasks.batches import Batcher


async def test_what_comes_while_a_batch_is_under_way_is_the_next_one():
    batches, begun, go_on = [], asyncio.Event(), asyncio.Event()

    async def flush(items):
        batches.append(list(items))
        begun.set()
        await go_on.wait()

    batcher = Batcher(flush, name="test")
    puts = [asyncio.create_task(batcher.put(0))]
    await begun.wait()
    puts += [asyncio.create_task(batcher.put(one)) for one in (1, 2, 3)]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(*puts)
    assert batches == [[0], [1, 2, 3]]


async def test_one_bad_item_does_not_spoil_the_others():
    written = []

    async def flush(items):
        if "bad" in items:
            raise ValueError("bad")
        written.extend(items)

    batcher = Batcher(flush, name="test")
    outcomes = await asyncio.gather(*(batcher.put(one) for one in ("a", "bad", "b")), return_exceptions=True)
    assert [type(one) for one in outcomes] == [type(None), ValueError, type(None)]
    assert written == ["a", "b"]


async def test_an_error_in_common_is_raised_to_all_at_once():
    calls = []

    async def flush(items):
        calls.append(list(items))
        raise OSError("away")

    batcher = Batcher(flush, name="test", common=(OSError,))
    outcomes = await asyncio.gather(*(batcher.put(one) for one in "ab"), return_exceptions=True)
    assert [str(one) for one in outcomes] == ["away", "away"]
    assert calls == [["a", "b"]]


async def test_an_item_goes_its_way_when_nobody_waits_for_it_any_more():
    written, go_on = [], asyncio.Event()

    async def flush(items):
        await go_on.wait()
        written.extend(items)

    batcher = Batcher(flush, name="test")
    put = asyncio.create_task(batcher.put("a"))
    await asyncio.sleep(0)
    put.cancel()
    with pytest.raises(asyncio.CancelledError):
        await put
    go_on.set()
    await batcher.close()
    assert written == ["a"]


@pytest.mark.parametrize("module", ["plugin", "worker.plugin", "scheduler.plugin", "rows.plugin", "redis.plugin"])
def test_a_declaration_imports_nothing_heavy(module):
    program = (
        f"import sys, dify_tasks.{module}; print(*{{'sqlalchemy', 'taskiq', 'redis', 'alembic'}} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
