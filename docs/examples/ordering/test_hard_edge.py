"""A hard edge: a search cannot do its work without an index."""

from dify_runtime.testing.booted import RuntimeFactory
from dify_runtime_sdk import Plugin, Runtime, Service, hookimpl


class Index:
    """What the plugin `index` offers."""

    def __init__(self) -> None:
        self.words: list[str] = []


class IndexPlugin(Plugin):
    @hookimpl
    def services(self) -> list[Service[Index]]:
        return [Service(Index, lambda _runtime: Index())]


class SearchPlugin(Plugin):
    requires = ("index",)

    async def start(self, runtime: Runtime) -> None:
        index = await runtime.services.get(Index)  # allowed while starting, because of the edge
        index.words.append("ready")


async def test_the_required_one_starts_first(runtime: RuntimeFactory) -> None:
    booted = await runtime({"search": SearchPlugin, "index": IndexPlugin})
    assert list(booted.records) == ["index", "search"]
    assert (await booted.services.get(Index)).words == ["ready"]


async def test_without_it_the_other_one_does_not_start(runtime: RuntimeFactory) -> None:
    booted = await runtime({"search": SearchPlugin}, strict=False)
    assert booted.records["search"].state == "unmet"
    assert "plugin 'search' requires 'index': nothing provides 'index'" in str(booted.records["search"].error)
