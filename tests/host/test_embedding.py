"""A runtime inside another program, found and booted through the SDK."""

from pathlib import Path

import pytest

from dify_runtime_sdk import DifyRuntimeError, Introspection, embedding
from dify_runtime_sdk.embedding import NoHostError, embed
from tests.plugin_dir import write_plugin

GUEST = """
from dify_runtime_sdk import Plugin


class One(Plugin):
    process_wide = {wide}
    roles = frozenset({roles})
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three plugins, and nothing else: one for any process, one for its own process, one that serves."""
    site = tmp_path / "site"
    everywhere = {"api", "worker", "scheduler", "job"}
    for name, wide, roles in (("anywhere", False, everywhere), ("alone", True, everywhere), ("edge", False, {"api"})):
        write_plugin(site, name, GUEST.format(wide=wide, roles=roles))
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MODE", raising=False)
    monkeypatch.setenv("DIFY_PLUGINS_ALLOW", "anywhere,alone,edge")
    return site


async def states(runtime) -> dict[str, tuple[str, str | None]]:
    records = (await runtime.services.get(Introspection)).plugins()
    return {one["name"]: (one["state"], one["error"]) for one in records if one["state"] != "denied"}


async def test_what_changes_the_process_and_what_serves_does_not_start(installed):
    async with embed(needs=["anywhere"]) as embedded:
        assert embedded.runtime.roles == {"worker", "scheduler"}
        found = await states(embedded.runtime)
        with pytest.raises(DifyRuntimeError, match="serves no HTTP"):
            _ = embedded.asgi
    assert found["anywhere"] == ("started", None)
    assert found["alone"] == ("idle", "changes the process, which belongs to another program")
    assert found["edge"] == ("idle", "starts in the roles api")


async def test_a_runtime_that_serves_has_an_application(installed):
    async with embed(serving=True) as embedded:
        assert callable(embedded.asgi)
        assert (await states(embedded.runtime))["edge"] == ("started", None)


@pytest.mark.parametrize(("mode", "serving", "roles"), [("api", True, "api"), ("api", False, "job")])
async def test_the_roles_are_those_of_the_mode(installed, monkeypatch, mode, serving, roles):
    monkeypatch.setenv("MODE", mode)
    async with embed(serving=serving) as embedded:
        assert embedded.runtime.roles == {roles}


async def test_what_is_needed_must_have_started(installed):
    for needed, reason in (("alone", "changes the process"), ("nothing", "nothing provides it")):
        with pytest.raises(DifyRuntimeError, match=f"needs '{needed}', which did not start: {reason}"):
            async with embed(needs=[needed]):
                raise AssertionError("it was booted")


async def test_what_was_spawned_ends_with_the_block(installed):
    import asyncio

    async with embed() as embedded:
        task = embedded.runtime.spawn(asyncio.Event().wait(), name="wait for ever")
    assert task.cancelled()


async def test_a_home_is_for_one_runtime_at_a_time(installed):
    async with embed(settings={"DIFY_RUNTIME_HOME": "home"}):
        with pytest.raises(DifyRuntimeError, match="in use by process"):
            async with embed(settings={"DIFY_RUNTIME_HOME": "home"}):
                raise AssertionError("it was booted")
    async with embed(settings={"DIFY_RUNTIME_HOME": "home"}) as again:
        assert again.runtime.home.name == "home"


def test_without_a_host_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(embedding, "HOST_GROUP", "no.such.group")
    with pytest.raises(NoHostError, match="pip install dify-runtime"):
        embed()


def test_of_two_hosts_none_is_chosen(tmp_path, monkeypatch):
    metadata = tmp_path / "other_host-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: other-host\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[dify_runtime.host]\nembed = other_host:embed\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(NoHostError, match=r"2 hosts .*other_host:embed"):
        embed()
