"""Processes of the back end `local`: what is there, what is left, and what happens when one of them is gone."""

import asyncio
import contextlib
import os
import signal

import pytest

from dify_runtime_sdk.code import CodeCall, CodeExecutionError, CodeLanguage, CodeLimitError, CodeRefusedError
from dify_sandbox.local.executor import LocalExecutor
from dify_sandbox.settings import LocalSettings

from .processes import busy, descendants, state, until

ENDLESS = CodeCall(CodeLanguage.PYTHON3, "def main():\n    while True:\n        pass", {})
WORKS = CodeCall(CodeLanguage.PYTHON3, "def main():\n    return {'works': True}", {})
SCRIPT = CodeCall(CodeLanguage.JAVASCRIPT, "function main() { return {works: true} }", {})


def outer(executor):
    """The process of bubblewrap that we started."""
    return executor._supply._wall._process.pid


def seats(executor):
    """Processes below the zygote: bubblewrap, its child, the zygote, and then the seats."""
    return descendants(outer(executor))[2:]


async def test_nothing_runs_before_the_first_call():
    async with LocalExecutor(LocalSettings()) as executor:
        assert executor._supply._wall is None
        executor.check()


async def test_nothing_runs_after_the_end():
    async with LocalExecutor(LocalSettings()) as executor:
        await asyncio.gather(executor.run(WORKS), executor.run(SCRIPT))
        everything = [outer(executor), *descendants(outer(executor))]
        assert len(everything) >= 3
    await until(lambda: all(state(pid) in ("Z", None) for pid in everything))


async def test_a_cancelled_call_leaves_no_process(local):
    await local.run(WORKS)
    running = asyncio.create_task(local.run(ENDLESS))
    await until(lambda: any(map(busy, seats(local))))
    seat = next(filter(busy, seats(local)))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: state(seat) is None)
    assert await local.run(WORKS) == {"works": True}


async def test_a_call_over_its_time_leaves_no_process():
    async with LocalExecutor(LocalSettings(CODE_SANDBOX_TIMEOUT=0.2)) as executor:
        with pytest.raises(CodeLimitError, match=r"0\.2 s"):
            await executor.run(ENDLESS)
        await until(lambda: not any(map(busy, seats(executor))))


async def test_calls_beyond_the_limit_wait_for_their_turn():
    async with LocalExecutor(LocalSettings(CODE_SANDBOX_CONCURRENCY=1)) as executor:
        first = asyncio.create_task(executor.run(ENDLESS))
        await until(lambda: executor._supply._wall is not None and any(map(busy, seats(executor))))
        second = asyncio.create_task(executor.run(WORKS))
        done, _ = await asyncio.wait({second}, timeout=0.1)
        assert not done
        first.cancel()
        assert await second == {"works": True}


@pytest.mark.parametrize("which", [0, 1], ids=["bubblewrap", "zygote"])
async def test_a_sandbox_that_is_killed_fails_its_call_and_is_built_again(local, which):
    await local.run(WORKS)
    victims = [outer(local), descendants(outer(local))[1]]
    running = asyncio.create_task(local.run(ENDLESS))
    await until(lambda: any(map(busy, seats(local))))
    os.kill(victims[which], signal.SIGKILL)
    with pytest.raises(CodeExecutionError, match="killed"):
        await running
    assert await local.run(WORKS) == {"works": True}
    assert outer(local) != victims[0]


async def test_a_spare_that_is_killed_is_replaced(local):
    await local.run(WORKS)
    await asyncio.wait(local._supply._spares.values())
    await until(lambda: len(seats(local)) == 1)  # the one that was used has gone
    (spare,) = seats(local)
    os.kill(spare, signal.SIGKILL)
    await until(lambda: state(spare) is None)
    with contextlib.suppress(CodeExecutionError):  # the news of its end may not have come yet
        assert await local.run(WORKS) == {"works": True}
    assert await local.run(WORKS) == {"works": True}


async def test_two_executors_in_a_process_share_nothing(local):
    async with LocalExecutor(LocalSettings()) as other:
        await asyncio.gather(local.run(WORKS), other.run(WORKS))
        assert outer(local) != outer(other)


async def test_without_bubblewrap_the_code_is_refused(tmp_path):
    async with LocalExecutor(LocalSettings(CODE_SANDBOX_BWRAP=tmp_path / "nothing")) as executor:
        with pytest.raises(CodeRefusedError, match=r"cannot be isolated .*nothing.*CODE_EXECUTION_BACKEND"):
            await executor.run(WORKS)
        with pytest.raises(CodeRefusedError):
            executor.check()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'No permissions to create a new namespace' >&2; exit 1", "No permissions to create a new namespace"),
        ("exit 7", "ended with 7"),
        ('while [ "$1" != -- ]; do shift; done; shift; exec "$@"', "inside"),
    ],
    ids=["no namespaces", "no reason", "no wall"],
)
async def test_where_the_wall_cannot_be_built_the_code_is_refused(tmp_path, script, reason):
    program = tmp_path / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    async with LocalExecutor(LocalSettings(CODE_SANDBOX_BWRAP=program)) as executor:
        with pytest.raises(CodeRefusedError, match=reason):
            await executor.run(WORKS)
        program.unlink()
        with pytest.raises(CodeRefusedError, match=reason):  # remembered, not tried again at every call
            await executor.run(WORKS)


async def test_a_refusal_does_not_hold_for_ever(tmp_path):
    async with LocalExecutor(LocalSettings(CODE_SANDBOX_BWRAP=tmp_path / "nothing")) as executor:
        with pytest.raises(CodeRefusedError):
            await executor.run(WORKS)
        supply = executor._supply
        supply._refusal = (asyncio.get_running_loop().time(), supply._refusal[1])
        supply._settings = LocalSettings()
        assert await executor.run(WORKS) == {"works": True}


async def test_without_node_javascript_is_refused_and_python_runs(tmp_path):
    async with LocalExecutor(LocalSettings(CODE_SANDBOX_NODE=tmp_path / "nothing")) as executor:
        with pytest.raises(CodeRefusedError, match="CODE_SANDBOX_NODE"):
            await executor.run(SCRIPT)
        assert await executor.run(WORKS) == {"works": True}


async def test_packages_that_the_operator_gives_can_be_imported(tmp_path):
    (tmp_path / "greeting.py").write_text("WORD = 'hello'")
    call = CodeCall(CodeLanguage.PYTHON3, "import greeting\ndef main():\n    return {'word': greeting.WORD}", {})
    async with LocalExecutor(LocalSettings(CODE_SANDBOX_PACKAGES=tmp_path)) as executor:
        assert await executor.run(call) == {"word": "hello"}
