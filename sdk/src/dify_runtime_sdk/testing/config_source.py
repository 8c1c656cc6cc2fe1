"""The conformance suite of config sources."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

import pytest

from dify_runtime_sdk import ConfigSource, ConfigSourceError, Settings

_MOMENT = 0.1
"""Seconds given to a watch to do something wrong; a right one passes however slow the machine is."""
_BEGUN_WITHIN: ContextVar[object] = ContextVar("begun_within")


class ConfigSourceSuite:
    """What every `ConfigSource` must do; subclass it in a test module and pytest runs it.

        class TestMySource(ConfigSourceSuite):
            \"\"\"My source keeps the contract.\"\"\"

    It asks for three fixtures, which you define in the class, in the module or in `conftest.py`:

    | fixture       | is                                                                        |
    |---------------|---------------------------------------------------------------------------|
    | `source`      | a source that has fetched nothing yet, its server up, its values at rest   |
    | `expected`    | the mapping that its `fetch` must return                                  |
    | `dead_source` | a source whose server is down: nothing listens at its address             |

    The suite closes the sources it is given. It needs `pytest-asyncio`.
    """

    pytestmark = pytest.mark.asyncio

    async def test_it_declares_its_name_and_its_bootstrap_settings(self, source: ConfigSource) -> None:
        """The class says what selects it and what it needs."""
        async with _closing(source):
            assert isinstance(source, ConfigSource)
            assert type(source).name
            assert issubclass(type(source).bootstrap, Settings)

    async def test_fetch_returns_the_settings_as_text(self, source: ConfigSource, expected: Mapping[str, str]) -> None:
        """Names and values are text, and they are those of the server."""
        async with _closing(source):
            fetched = await source.fetch()
        assert dict(fetched) == dict(expected)
        assert {type(text) for pair in fetched.items() for text in pair} <= {str}

    async def test_fetch_again_returns_the_same(self, source: ConfigSource, expected: Mapping[str, str]) -> None:
        """A second read is as whole as the first."""
        async with _closing(source):
            first = dict(await source.fetch())
            assert first == dict(await source.fetch()) == dict(expected)

    async def test_fetch_works_after_a_fetch_that_was_cancelled(
        self, source: ConfigSource, expected: Mapping[str, str]
    ) -> None:
        """The host's time limit leaves a source that can be asked again."""
        async with _closing(source):
            task = asyncio.ensure_future(source.fetch())
            await asyncio.sleep(0)
            await _cancel(task)
            assert dict(await source.fetch()) == dict(expected)

    async def test_a_dead_server_is_an_error_that_names_the_source(self, dead_source: ConfigSource) -> None:
        """The operator learns whose failure it is and what to do about it."""
        async with _closing(dead_source):
            with pytest.raises(ConfigSourceError) as caught:
                await dead_source.fetch()
        assert type(dead_source).name in caught.value.message
        assert caught.value.hint

    async def test_close_works_after_a_failed_fetch(self, dead_source: ConfigSource) -> None:
        """The host closes a source whatever became of it."""
        with pytest.raises(ConfigSourceError):
            await dead_source.fetch()
        await dead_source.close()

    async def test_close_works_without_a_fetch(self, source: ConfigSource) -> None:
        """A boot can fail before it comes to the fetch."""
        with _leaving_no_task():
            await source.close()

    async def test_watch_yields_nothing_while_nothing_changes_and_ends_when_cancelled(
        self, source: ConfigSource
    ) -> None:
        """Only a change is news, and a stopped watch leaves no task behind."""
        with _leaving_no_task():
            async with _closing(source):
                await source.fetch()
                assert await _watched_for_a_moment(source) == []

    async def test_watch_waits_out_a_dead_server(self, dead_source: ConfigSource) -> None:
        """An outage is not raised: the last good values stay in force."""
        with _leaving_no_task():
            async with _closing(dead_source):
                assert await _watched_for_a_moment(dead_source) == []


@asynccontextmanager
async def _closing(source: ConfigSource) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await source.close()


@contextmanager
def _leaving_no_task() -> Iterator[None]:
    """Check that every task begun within has ended; a server in the same loop has its tasks from elsewhere."""
    mark = object()
    token = _BEGUN_WITHIN.set(mark)  # tasks inherit the context of whoever begins them
    try:
        yield
    finally:
        _BEGUN_WITHIN.reset(token)
    left = [task for task in asyncio.all_tasks() if task.get_context().get(_BEGUN_WITHIN) is mark]
    assert left == []


async def _cancel[T](task: asyncio.Future[T]) -> None:
    """Cancel and await `task`; raises what it raised, unless that is its own cancellation."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()


async def _watched_for_a_moment(source: ConfigSource) -> list[Mapping[str, str]]:
    """What a watch yields before it is cancelled."""
    found: list[Mapping[str, str]] = []

    async def watch() -> None:
        async for values in source.watch():
            found.append(values)  # noqa: PERF401 - kept when the loop is cancelled, unlike a comprehension

    task = asyncio.create_task(watch())
    await asyncio.wait({task}, timeout=_MOMENT)
    await _cancel(task)
    return found
