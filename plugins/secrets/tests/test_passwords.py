"""Methods of hashing, and going from one to the other."""

import threading

import pytest

from dify_runtime.errors import BootError
from dify_runtime_sdk.secrets import PasswordHash, Passwords
from dify_secrets import UnusablePasswordError
from dify_secrets.domain.passwords import LIMIT, hash_password, is_outdated, verify_password
from dify_secrets.services.passwords import PasswordService
from dify_secrets.services.workers import Workers


@pytest.fixture(params=["pbkdf2", "argon2"])
def method(request):
    return request.param


async def test_without_a_setting_a_hash_is_one_that_dify_reads(boot):
    stored = await (await boot()).services.get(Passwords)
    hashed = await stored.hash("Passw0rd")
    assert len(hashed.digest) == 88  # 64 hexadecimal digits in Base64
    assert len(hashed.salt) == 24


async def test_argon2_is_a_text_of_its_own_with_an_empty_salt(boot):
    passwords = await (await boot(PASSWORD_HASHING="argon2")).services.get(Passwords)
    hashed = await passwords.hash("Passw0rd")
    assert hashed.digest.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert hashed.salt == ""


async def test_an_unknown_method_is_an_error(boot):
    with pytest.raises(BootError, match="PASSWORD_HASHING"):
        await boot(PASSWORD_HASHING="md5")


async def test_each_method_verifies_the_others_hashes_and_calls_them_outdated(boot):
    old = await (await boot()).services.get(Passwords)
    new = await (await boot(PASSWORD_HASHING="argon2")).services.get(Passwords)
    for one, two in ((old, new), (new, old)):
        stored = await one.hash("Passw0rd")
        assert await two.verify("Passw0rd", stored)
        assert not await two.verify("passw0rd", stored)
        assert two.outdated(stored)
        assert not one.outdated(stored)


def test_argon2_of_other_costs_is_outdated():
    from argon2 import PasswordHasher

    stored = PasswordHash(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("Passw0rd"), "")
    assert verify_password("Passw0rd", stored)
    assert is_outdated(stored, "argon2")


def test_the_limit_is_in_bytes(method):
    longest = "é" * (LIMIT // 2)
    assert verify_password(longest, hash_password(longest, method))
    with pytest.raises(UnusablePasswordError, match="1024 bytes") as caught:
        hash_password(longest + "x", method)
    assert "é" not in str(caught.value)
    assert caught.value.code == "unusable_password"


def test_a_hash_does_not_show_the_password_in_a_repr(method):
    assert "Passw0rd" not in repr(hash_password("Passw0rd", method))


async def test_hashing_happens_in_threads_of_its_own(method):
    workers = Workers("passwords", 1)
    passwords = PasswordService(method, workers)
    stored = await passwords.hash("Passw0rd")
    assert await passwords.verify("Passw0rd", stored)
    assert {one.name for one in threading.enumerate() if one.name.startswith("passwords")} == {"passwords_0"}
    await workers.close()
    assert not [one for one in threading.enumerate() if one.name.startswith("passwords")]
