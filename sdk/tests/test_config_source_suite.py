"""The conformance suite of config sources passes a good source, and fails the ones that break the contract."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any, ClassVar

import pytest

from dify_runtime_sdk import ConfigSourceError, Settings
from dify_runtime_sdk.testing import ConfigSourceSuite

VALUES = {"A": "1", "B": ""}
NUMBERS: Any = {"A": 1}
suite = ConfigSourceSuite()


class GoodSource:
    """Reads from memory, and cannot watch."""

    name: ClassVar[str] = "memory"
    bootstrap: ClassVar[type[Settings]] = Settings

    def __init__(self, *, dead: bool = False) -> None:
        self.dead = dead

    async def fetch(self) -> Mapping[str, str]:
        await asyncio.sleep(0)
        if self.dead:
            raise ConfigSourceError("config source 'memory' is down", hint="start it")
        return dict(VALUES)

    async def watch(self) -> AsyncIterator[Mapping[str, str]]:
        for _ in ():
            yield {}

    async def close(self) -> None:
        """There is nothing to release."""


class TestGoodSource(ConfigSourceSuite):
    """A source that cannot watch keeps the contract."""

    @pytest.fixture
    def source(self) -> GoodSource:
        return GoodSource()

    @pytest.fixture
    def expected(self) -> Mapping[str, str]:
        return VALUES

    @pytest.fixture
    def dead_source(self) -> GoodSource:
        return GoodSource(dead=True)


class Nameless(GoodSource):
    name = ""


class Partial(GoodSource):
    async def fetch(self) -> Mapping[str, str]:
        return {"A": "1"}


class Untyped(GoodSource):
    async def fetch(self) -> Mapping[str, Any]:
        return dict(NUMBERS)


class Forgetful(GoodSource):
    fetched = 0

    async def fetch(self) -> Mapping[str, str]:
        self.fetched += 1
        return dict(VALUES) if self.fetched == 1 else {}


class OnceCancelledAlwaysBroken(GoodSource):
    broken = False

    async def fetch(self) -> Mapping[str, str]:
        if self.broken:
            return {}
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.broken = True
            raise
        return dict(VALUES)


class Anonymous(GoodSource):
    async def fetch(self) -> Mapping[str, str]:
        raise ConfigSourceError("something is down", hint="start it")


class Helpless(GoodSource):
    async def fetch(self) -> Mapping[str, str]:
        raise ConfigSourceError("config source 'memory' is down")


class Silent(GoodSource):
    async def fetch(self) -> Mapping[str, str]:
        return {"an error text": "taken for a setting"}


class Chatty(GoodSource):
    async def watch(self) -> AsyncIterator[Mapping[str, str]]:
        yield dict(VALUES)


class Leaky(GoodSource):
    left: "asyncio.Task[None] | None" = None

    async def watch(self) -> AsyncIterator[Mapping[str, str]]:
        self.left = asyncio.create_task(asyncio.sleep(3600))
        for _ in ():
            yield {}


@pytest.mark.parametrize(
    ("source", "check"),
    [
        (Nameless(), lambda source: suite.test_it_declares_its_name_and_its_bootstrap_settings(source)),
        (Partial(), lambda source: suite.test_fetch_returns_the_settings_as_text(source, VALUES)),
        (Untyped(), lambda source: suite.test_fetch_returns_the_settings_as_text(source, NUMBERS)),
        (Forgetful(), lambda source: suite.test_fetch_again_returns_the_same(source, VALUES)),
        (
            OnceCancelledAlwaysBroken(),
            lambda source: suite.test_fetch_works_after_a_fetch_that_was_cancelled(source, VALUES),
        ),
        (Anonymous(), suite.test_a_dead_server_is_an_error_that_names_the_source),
        (Helpless(), suite.test_a_dead_server_is_an_error_that_names_the_source),
        (Silent(), suite.test_a_dead_server_is_an_error_that_names_the_source),
        (Chatty(), suite.test_watch_yields_nothing_while_nothing_changes_and_ends_when_cancelled),
        (Chatty(dead=True), suite.test_watch_waits_out_a_dead_server),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, GoodSource) else "",
)
async def test_a_source_that_breaks_the_contract_fails(
    source: GoodSource, check: Callable[[GoodSource], Coroutine[Any, Any, None]]
) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await check(source)


async def test_a_source_that_leaves_a_task_behind_fails() -> None:
    source = Leaky()
    with pytest.raises(AssertionError):
        await suite.test_watch_yields_nothing_while_nothing_changes_and_ends_when_cancelled(source)
    assert source.left is not None
    source.left.cancel()


async def test_tasks_of_others_are_not_held_against_a_source() -> None:
    others = asyncio.create_task(asyncio.sleep(3600))
    await suite.test_watch_yields_nothing_while_nothing_changes_and_ends_when_cancelled(GoodSource())
    others.cancel()
