"""Configured keys: rotation, weak ones, and where they must not show."""

import base64
import hashlib
import hmac
import logging

import pytest

from dify_runtime.errors import BootError
from dify_runtime_sdk.secrets import (
    InvalidSignatureError,
    InvalidTokenError,
    Passwords,
    SecretsError,
    TenantSecrets,
    Tokens,
    UrlSigner,
)
from dify_secrets.domain.keyring import Keyring
from dify_secrets.settings import SecretsSettings

OLD, NEW, OTHER = "old-" + "o" * 40, "new-" + "n" * 40, "other-" + "x" * 40


def signed_by(key, token):
    body, _, signature = token.rpartition(".")
    expected = base64.urlsafe_b64encode(hmac.digest(key.encode(), body.encode(), hashlib.sha256))
    return signature == expected.decode().rstrip("=")


async def test_after_a_rotation_old_tokens_and_links_are_good_and_new_ones_have_the_new_key(boot):
    before = (await boot(SECRET_KEY=OLD)).services
    token = (await before.get(Tokens)).issue({"sub": "a"})
    link = (await before.get(UrlSigner)).sign("file-preview|1")

    during = (await boot(SECRET_KEY=NEW, SECRET_KEY_PREVIOUS=f"{OTHER},{OLD}")).services
    assert (await during.get(Tokens)).verify(token, subject="a") == {"sub": "a"}
    (await during.get(UrlSigner)).verify("file-preview|1", **link)
    assert signed_by(NEW, (await during.get(Tokens)).issue({"sub": "a"}))
    new_link = (await during.get(UrlSigner)).sign("file-preview|1")

    after = (await boot(SECRET_KEY=NEW)).services
    (await after.get(UrlSigner)).verify("file-preview|1", **new_link)
    with pytest.raises(InvalidTokenError):
        (await after.get(Tokens)).verify(token)
    with pytest.raises(InvalidSignatureError):
        (await after.get(UrlSigner)).verify("file-preview|1", **link)


async def test_an_expired_token_of_a_former_key_is_refused(boot):
    old = await (await boot(SECRET_KEY=OLD)).services.get(Tokens)
    tokens = await (await boot(SECRET_KEY=NEW, SECRET_KEY_PREVIOUS=OLD)).services.get(Tokens)
    with pytest.raises(InvalidTokenError):
        tokens.verify(old.issue({"sub": "a"}, lifetime=-60))


async def test_a_generated_key_can_be_rotated_too(boot, memory):
    tokens = await (await boot()).services.get(Tokens)
    generated = memory.objects[".dify_secret_key"].decode().strip()
    rotated = await (await boot(SECRET_KEY=NEW, SECRET_KEY_PREVIOUS=generated)).services.get(Tokens)
    assert rotated.verify(tokens.issue({"sub": "a"})) == {"sub": "a"}


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ("", ()),
        ("a", ("a",)),
        (" a , b,,", ("a", "b")),
        ('["a,b", "c d"]', ("a,b", "c d")),
        (' ["a"]', ("a",)),
        ("[]", ()),
        ('["", " ", "a"]', ("a",)),
        (["a", "b,c"], ("a", "b,c")),
    ],
)
async def test_former_keys_are_a_comma_list_or_a_json_list(boot, given, keys):
    booted = await boot(SECRET_KEY=NEW, SECRET_KEY_PREVIOUS=given)
    assert booted.settings(SecretsSettings).former_keys == keys


@pytest.mark.parametrize("given", ['["sesame"', '[{"sesame": 1}]', "[1]"])
async def test_a_malformed_list_is_an_error_that_does_not_show_it(boot, given):
    with pytest.raises(BootError, match="SECRET_KEY_PREVIOUS") as caught:
        await boot(SECRET_KEY=NEW, SECRET_KEY_PREVIOUS=given)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("key", ["x", "é" * 15, "a" * 31])
async def test_a_short_key_is_used_as_it_is_with_a_warning(boot, caplog, key):
    tokens = await (await boot(SECRET_KEY=key)).services.get(Tokens)
    token = tokens.issue({"sub": "a"})
    assert tokens.verify(token) == {"sub": "a"}
    assert signed_by(key, token)
    assert f"SECRET_KEY has {len(key.encode())} bytes, and should have 32 or more" in caplog.text


async def test_the_sample_key_of_dify_is_warned_of(boot, caplog):
    await boot(SECRET_KEY="sk-9f73" + "x" * 40)
    assert "sample key of Dify" in caplog.text


@pytest.mark.parametrize("key", [NEW, "a" * 32, "é" * 16])
async def test_a_good_key_is_not_warned_of(boot, caplog, key):
    await boot(SECRET_KEY=key)
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_a_key_with_the_form_of_an_asymmetric_one_is_an_error_that_says_what_to_do(boot):
    key = "-----BEGIN PUBLIC KEY-----\nsesame\n-----END PUBLIC KEY-----"
    tokens = await (await boot(SECRET_KEY=key)).services.get(Tokens)
    with pytest.raises(SecretsError, match="set SECRET_KEY to random text") as caught:
        tokens.issue({"sub": "a"})
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("keys", [("",), ("a", [""]), ("a", ["b", ""])])
def test_no_key_is_ever_empty(keys):
    with pytest.raises(ValueError, match="empty"):
        Keyring(*keys)


def test_the_same_key_twice_is_one():
    keyring = Keyring("a", ["b", "a", "b"])
    assert keyring.all == (b"a", b"b")
    assert keyring.replace("b")
    assert not keyring.replace("b")
    assert keyring.all == (b"b", b"a")


async def test_no_key_is_in_a_log_or_a_repr(boot, memory, caplog):
    caplog.set_level(logging.DEBUG)
    configured = await boot(SECRET_KEY=NEW[:20], SECRET_KEY_PREVIOUS=OLD)
    generated = await boot()
    tenant_secrets = await generated.services.get(TenantSecrets)
    public = await tenant_secrets.create("t")
    await tenant_secrets.decrypt("t", await tenant_secrets.encrypt("t", public, "hunter2"))
    shown = [caplog.text, *map(repr, memory.loads), repr(configured.settings(SecretsSettings))]
    for booted in (configured, generated):
        for key in (Keyring, Tokens, UrlSigner, Passwords, TenantSecrets):
            service = await booted.services.get(key)
            shown += [repr(service), repr(getattr(service, "__dict__", ""))]
    kept = tenant_secrets._keys._kept
    shown.append(repr(kept))
    text = "\n".join(shown)
    stored = memory.objects[".dify_secret_key"].decode().strip()
    private = memory.objects["privkeys/t/private.pem"].decode()
    for secret in (NEW[:20], OLD, stored, "hunter2", private.splitlines()[1], str(kept["t"].key.d)):
        assert secret not in text
