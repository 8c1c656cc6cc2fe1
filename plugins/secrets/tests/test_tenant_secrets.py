"""Private keys in memory and in storage."""

import asyncio

import pytest

from dify_runtime_sdk.secrets import DecryptionError, SecretsError, TenantSecrets
from dify_runtime_sdk.storage import StorageError
from dify_secrets.domain.hybrid import encrypt, generate_pair
from dify_secrets.services.private_keys import CAPACITY, LIFETIME, PrivateKeys
from dify_secrets.services.tenant_secrets import TenantSecretsService
from dify_secrets.services.workers import Workers

PRIVATE, PUBLIC = generate_pair()
TOKEN = encrypt(PUBLIC, "hunter2")


@pytest.fixture
async def workers():
    made = Workers("test", 2)
    yield made
    await made.close()


@pytest.fixture
def clock():
    return {"now": 0.0}


@pytest.fixture
def keys(memory, workers, clock):
    memory.objects |= {f"privkeys/{tenant}/private.pem": PRIVATE for tenant in ("t", "u")}
    return PrivateKeys(memory, workers, clock=lambda: clock["now"])


@pytest.fixture
def service(keys, workers):
    return TenantSecretsService(keys, workers)


async def test_the_key_pair_is_made_and_kept_as_dify_does(boot, memory):
    public = await (await boot()).services.get(TenantSecrets)
    pem = await public.create("5f8c3a0e-7e1b-4f0a-9a55-0b6f3c2d1e00")
    private = memory.objects["privkeys/5f8c3a0e-7e1b-4f0a-9a55-0b6f3c2d1e00/private.pem"]
    assert pem.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert private.startswith(b"-----BEGIN RSA PRIVATE KEY-----\n")


async def test_secrets_outlive_the_process(boot):
    first = await (await boot()).services.get(TenantSecrets)
    token = await first.encrypt("t", await first.create("t"), "hunter2")
    assert await (await (await boot()).services.get(TenantSecrets)).decrypt("t", token) == "hunter2"


async def test_a_key_is_read_once_in_two_minutes(service, memory, clock):
    for now in (0, 1, LIFETIME - 1):
        clock["now"] = now
        assert await service.decrypt("t", TOKEN) == "hunter2"
    assert len(memory.loads) == 1
    clock["now"] = LIFETIME
    assert await service.decrypt("t", TOKEN) == "hunter2"
    assert len(memory.loads) == 2


async def test_many_callers_at_once_read_it_once(service, memory):
    assert await asyncio.gather(*(service.decrypt("t", TOKEN) for _ in range(20))) == ["hunter2"] * 20
    assert memory.loads == ["privkeys/t/private.pem"]


async def test_several_values_take_one_look_up(service, memory):
    tokens = {str(number): TOKEN for number in range(10)}
    assert await service.decrypt_many("t", tokens) == dict.fromkeys(tokens, "hunter2")
    assert len(memory.loads) == 1


async def test_memory_holds_so_many_keys_and_the_oldest_goes_first(keys, memory):
    tenants = [f"t{number}" for number in range(CAPACITY + 1)]
    memory.objects |= {f"privkeys/{tenant}/private.pem": PRIVATE for tenant in tenants}
    for tenant in tenants:
        await keys.get(tenant)
    assert list(keys._kept) == tenants[1:]


async def test_keys_whose_time_is_over_leave_the_memory(keys, clock):
    await keys.get("t")
    clock["now"] = LIFETIME
    await keys.get("u")
    assert list(keys._kept) == ["u"]


async def test_locks_do_not_pile_up(keys):
    await keys.get("t")
    assert not keys._locks


async def test_a_pair_made_by_another_process_is_used_at_once(service, memory, workers):
    assert await service.decrypt("t", TOKEN) == "hunter2"
    elsewhere = TenantSecretsService(PrivateKeys(memory, workers), workers)
    token = await elsewhere.encrypt("t", await elsewhere.create("t"), "new")
    assert await service.decrypt("t", token) == "new"
    with pytest.raises(DecryptionError):
        await service.decrypt("t", TOKEN)


async def test_a_bad_value_is_looked_into_again_without_parsing_the_same_key_anew(service, keys, memory):
    key = await keys.get("t")
    with pytest.raises(DecryptionError):
        await service.decrypt("t", "AAAA")
    assert len(memory.loads) == 2
    assert await keys.get("t") is key


@pytest.mark.parametrize(
    "pem",
    [b"", b"x", b"\xff", PUBLIC.encode(), PRIVATE[:-200], PRIVATE.replace(b"\nMII", b"\nAAA")],
    ids=("empty", "text", "binary", "public", "cut", "damaged"),
)
async def test_a_damaged_private_key_is_an_error_that_says_what_to_do(service, memory, pem):
    memory.objects["privkeys/t/private.pem"] = pem
    with pytest.raises(DecryptionError, match="restore it from a backup"):
        await service.decrypt("t", TOKEN)


async def test_a_lost_private_key_is_named(service):
    with pytest.raises(DecryptionError, match=r"privkeys/lost/private\.pem.*restore it from a backup"):
        await service.decrypt("lost", TOKEN)


async def test_a_store_that_is_away_is_not_a_bad_value(workers, storage_class):
    class Away(storage_class):
        async def load(self, key):
            raise StorageError("the store is away")

        async def save(self, key, data):
            raise StorageError("the store is away")

    service = TenantSecretsService(PrivateKeys(Away(), workers), workers)
    for attempt in (service.decrypt("t", TOKEN), service.create("t")):
        with pytest.raises(StorageError):
            await attempt


async def test_an_error_with_a_cause_does_not_carry_the_secret_along(service):
    with pytest.raises(SecretsError) as caught:
        await service.encrypt("t", PUBLIC, "hunter2\ud800")
    assert caught.value.__suppress_context__
    assert "hunter2" not in str(caught.value)
