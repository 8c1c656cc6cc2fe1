"""The secret key of an installation that configured none."""

import asyncio
import logging

import pytest

from dify_runtime.errors import BootError
from dify_runtime_sdk.secrets import SecretsError, Tokens
from dify_runtime_sdk.storage import ObjectNotFoundError, StorageError
from dify_secrets.domain.keyring import Keyring
from dify_secrets.plugin import SecretsPlugin
from dify_secrets.services.stored_key import LOCK, OBJECT, StoredKey

KEY = "k" * 64


async def test_a_key_is_made_once_and_used_by_the_next_start(boot, memory):
    first = await (await boot()).services.get(Tokens)
    stored = memory.objects[OBJECT]
    second = await (await boot()).services.get(Tokens)
    assert second.verify(first.issue({"sub": "a"})) == {"sub": "a"}
    assert memory.objects[OBJECT] == stored


async def test_a_made_key_is_random_text_with_a_line_end(memory, tmp_path):
    keys = set()
    for _ in range(3):
        memory.objects.clear()
        key = await StoredKey(memory, tmp_path).obtain()
        assert memory.objects[OBJECT] == key.encode() + b"\n"
        assert len(key) == 64
        keys.add(key)
    assert len(keys) == 3


async def test_the_key_that_dify_stored_is_used(boot, memory):
    memory.objects[OBJECT] = f"{KEY}\n".encode()
    tokens = await (await boot()).services.get(Tokens)
    configured = await (await boot(SECRET_KEY=KEY)).services.get(Tokens)
    assert configured.verify(tokens.issue({"sub": "a"})) == {"sub": "a"}


async def test_a_configured_key_leaves_the_store_alone(boot, memory):
    tokens = await (await boot(SECRET_KEY=KEY)).services.get(Tokens)
    assert tokens.verify(tokens.issue({})) == {}
    assert (memory.loads, memory.objects) == ([], {})


@pytest.mark.parametrize("blank", ["", " ", "\n"])
async def test_a_blank_setting_is_no_key(boot, memory, blank):
    await boot(SECRET_KEY=blank)
    assert OBJECT in memory.objects


@pytest.mark.parametrize("blank", [b"", b"\n", b" \n"])
async def test_a_blank_object_is_no_key(memory, tmp_path, blank):
    memory.objects[OBJECT] = blank
    assert len(await StoredKey(memory, tmp_path).obtain()) == 64


async def test_a_store_that_cannot_be_read_stops_the_boot(boot, storage_class):
    class Unreadable(storage_class):
        async def load(self, key):
            raise StorageError(f"no access to {key}")

    with pytest.raises(BootError, match=r"no access to \.dify_secret_key.*set SECRET_KEY"):
        await boot(Unreadable())
    await boot(Unreadable(), SECRET_KEY=KEY)


async def test_a_store_that_cannot_be_written_stops_the_boot(boot, storage_class):
    class ReadOnly(storage_class):
        async def save(self, key, data):
            raise StorageError("it is read-only")

    with pytest.raises(BootError, match=r"cannot be stored as \.dify_secret_key: it is read-only.*set SECRET_KEY"):
        await boot(ReadOnly())
    await boot(ReadOnly(), SECRET_KEY=KEY)


async def test_a_store_that_forgets_stops_the_boot(boot, storage_class):
    class Forgetful(storage_class):
        async def save(self, key, data):
            pass

    with pytest.raises(BootError, match=r"does not keep .*set SECRET_KEY"):
        await boot(Forgetful())


async def test_a_stored_key_that_is_not_text_stops_the_boot(boot, memory):
    memory.objects[OBJECT] = b"\xff\xfe\x00"
    with pytest.raises(BootError, match=r"\.dify_secret_key is not text.*set SECRET_KEY"):
        await boot()


async def test_without_storage_the_plugin_does_not_start(runtime):
    with pytest.raises(BootError, match="storage"):
        await runtime({"secrets": SecretsPlugin})
    booted = await runtime({"secrets": SecretsPlugin}, strict=False)
    assert str(booted.records["secrets"].state) == "unmet"


async def test_processes_with_one_home_make_one_key(storage_class, tmp_path):
    class Slow(storage_class):
        saves = 0

        async def load(self, key):
            await asyncio.sleep(0)
            return await super().load(key)

        async def save(self, key, data):
            self.saves += 1
            await asyncio.sleep(0)
            await super().save(key, data)

    store = Slow()
    keys = await asyncio.gather(*(StoredKey(store, tmp_path / "home").obtain() for _ in range(8)))
    assert len(set(keys)) == 1
    assert store.saves == 1


async def test_processes_with_homes_of_their_own_agree_on_one_key(storage_class, tmp_path):
    class Together(storage_class):
        """Both look before either writes, also when they have their locks; then each reads its own key back."""

        barrier = asyncio.Barrier(2)
        asked = 0

        async def load(self, key):
            self.asked += 1
            if self.asked <= 4:
                await self.barrier.wait()
                raise ObjectNotFoundError("not yet")
            return await super().load(key)

    store = Together()
    stored = [StoredKey(store, tmp_path / name) for name in ("one", "two")]
    keyrings = [Keyring(key) for key in await asyncio.gather(*(one.obtain() for one in stored))]
    issued = [one.current for one in keyrings]
    assert issued[0] != issued[1]
    for one, keyring in zip(stored, keyrings, strict=True):
        await one.agree(keyring)
    assert {one.current for one in keyrings} == {store.objects[OBJECT].strip()}
    assert all(key in one.all for key, one in zip(issued, keyrings, strict=True))


async def test_agreeing_changes_nothing_where_all_is_well(memory, tmp_path):
    stored = StoredKey(memory, tmp_path)
    keyring = Keyring(await stored.obtain(), [KEY])
    before = keyring.all
    await stored.agree(keyring)
    memory.objects.clear()
    await stored.agree(keyring)
    assert keyring.all == before


class Late(SecretsPlugin):
    """Looks again at once."""

    settling = 0.0


async def test_a_started_plugin_looks_again_and_takes_the_other_key(boot, storage_class):
    class Overwritten(storage_class):
        def __init__(self):
            super().__init__()
            self.again = asyncio.Event()

        async def load(self, key):
            if len(self.loads) == 3:  # before: none, still none with the lock held, and the read-back
                self.objects[OBJECT] = KEY.encode()
                self.again.set()
            return await super().load(key)

    store = Overwritten()
    booted = await boot(store, Late)
    tokens = await booted.services.get(Tokens)
    await store.again.wait()
    other = await (await boot(SECRET_KEY=KEY)).services.get(Tokens)
    assert other.verify(tokens.issue({"sub": "a"})) == {"sub": "a"}


async def test_a_failure_to_look_again_is_logged_and_no_more(boot, storage_class, caplog):
    class Failing(storage_class):
        def __init__(self):
            super().__init__()
            self.again = asyncio.Event()

        async def load(self, key):
            if len(self.loads) == 3:
                self.again.set()
                raise StorageError("the store is away")
            return await super().load(key)

    store = Failing()
    tokens = await (await boot(store, Late)).services.get(Tokens)
    await store.again.wait()
    assert tokens.verify(tokens.issue({})) == {}
    [record] = [one for one in caplog.records if one.name == "dify_secrets.plugin"]
    assert record.levelno == logging.WARNING
    assert "the store is away" in record.getMessage()


async def test_a_home_that_cannot_be_written_does_without_the_lock(memory, tmp_path, caplog):
    home = tmp_path / "file"
    home.write_text("")
    assert await StoredKey(memory, home / "home").obtain() == memory.objects[OBJECT].decode().strip()
    assert LOCK in caplog.text


async def test_an_error_of_the_store_is_kept_as_the_cause(storage_class, tmp_path):
    class Unreadable(storage_class):
        async def load(self, key):
            raise StorageError("no access")

    with pytest.raises(SecretsError) as caught:
        await StoredKey(Unreadable(), tmp_path).obtain()
    assert isinstance(caught.value.__cause__, StorageError)
