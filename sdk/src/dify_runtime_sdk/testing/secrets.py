"""The conformance suites of the services around secrets."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable
from typing import Any

import pytest

from dify_runtime_sdk.secrets import (
    DecryptionError,
    InvalidSignatureError,
    InvalidTokenError,
    PasswordHash,
    Passwords,
    SecretsError,
    TenantSecrets,
    Tokens,
    UrlSigner,
)

_TEXTS = ("", "x", "sk-1234567890", "schlüssel 🔑 κλειδί", "multi\nline\0text", "long " * 5000)


def _altered(text: str, place: int) -> str:
    """The text with another character at `place`, of the alphabet of Base64."""
    place %= len(text)
    return f"{text[:place]}{'A' if text[place] != 'A' else 'B'}{text[place + 1 :]}"


def _segment(value: Any) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


class TokensSuite:
    """What every `Tokens` must do; subclass it in a test module and pytest runs it. Fixture: `tokens`."""

    @pytest.mark.parametrize("claims", [{"sub": "a"}, {"n": 1, "list": [1, {"x": None}], "text": "é🔑"}, {}], ids=len)
    def test_it_verifies_what_it_issued(self, tokens: Tokens, claims: dict[str, Any]) -> None:
        """The claims come back as they were, and nothing is added to them."""
        before = dict(claims)
        assert tokens.verify(tokens.issue(claims)) == before
        assert claims == before

    def test_it_writes_a_json_web_token_with_hs256(self, tokens: Tokens) -> None:
        """Other programs that have the key read it."""
        header, _, signature = tokens.issue({"sub": "a"}).split(".")
        assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "HS256"
        assert len(base64.urlsafe_b64decode(signature + "==")) == hashlib.sha256().digest_size

    def test_a_lifetime_becomes_the_claim_exp(self, tokens: Tokens) -> None:
        """In whole seconds, as other readers expect."""
        claims = tokens.verify(tokens.issue({"sub": "a"}, lifetime=3600))
        assert sorted(claims) == ["exp", "sub"]
        assert type(claims["exp"]) is int

    def test_an_expired_token_is_refused(self, tokens: Tokens) -> None:
        """Its time is over."""
        with pytest.raises(InvalidTokenError):
            tokens.verify(tokens.issue({"sub": "a"}, lifetime=-3600))

    @pytest.mark.parametrize("subject", ["b", "", "A", "a "])
    def test_a_token_for_another_subject_is_refused(self, tokens: Tokens, subject: str) -> None:
        """It was meant for something else."""
        token = tokens.issue({"sub": "a"})
        assert tokens.verify(token, subject="a") == {"sub": "a"}
        with pytest.raises(InvalidTokenError):
            tokens.verify(token, subject=subject)

    def test_a_token_without_a_subject_is_refused_where_one_is_asked_for(self, tokens: Tokens) -> None:
        """An absent claim is no claim."""
        with pytest.raises(InvalidTokenError):
            tokens.verify(tokens.issue({"user_id": "a"}), subject="a")

    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS384", "HS512", "RS256", "ES256", "", None])
    def test_another_algorithm_in_the_header_is_refused(self, tokens: Tokens, algorithm: str | None) -> None:
        """With the right signature, with none, and with that of the other header."""
        _, body, signature = tokens.issue({"sub": "a"}).split(".")
        header = _segment({"alg": algorithm, "typ": "JWT"})
        for forged in (f"{header}.{body}.{signature}", f"{header}.{body}.", f"{header}.{body}"):
            with pytest.raises(InvalidTokenError):
                tokens.verify(forged)

    def test_altered_claims_are_refused(self, tokens: Tokens) -> None:
        """The signature is about the claims."""
        header, _, signature = tokens.issue({"sub": "a"}).split(".")
        with pytest.raises(InvalidTokenError):
            tokens.verify(f"{header}.{_segment({'sub': 'admin'})}.{signature}")

    @pytest.mark.parametrize("place", [0, 5, 25, -2, -20, -43])
    def test_an_altered_token_is_refused(self, tokens: Tokens, place: int) -> None:
        """Wherever a character is another one."""
        with pytest.raises(InvalidTokenError):
            tokens.verify(_altered(tokens.issue({"sub": "a"}), place))

    @pytest.mark.parametrize(
        "text", ["", ".", "..", "...", "a.b.c", "\0", "é.é.é", "\ud800", "[]", "x" * 1_000_000, "." * 100_000], ids=len
    )
    def test_garbage_is_refused(self, tokens: Tokens, text: str) -> None:
        """As a bad token, not as a crash."""
        with pytest.raises(InvalidTokenError):
            tokens.verify(text)

    def test_all_bad_tokens_look_alike(self, tokens: Tokens) -> None:
        """A forger learns nothing from the answer, and no log gets a token from it."""
        good = tokens.issue({"sub": "a"})
        bad = ("x", _altered(good, -2), tokens.issue({"sub": "b"}), tokens.issue({"sub": "a"}, lifetime=-3600))
        messages = set()
        for token in bad:
            with pytest.raises(InvalidTokenError) as caught:
                tokens.verify(token, subject="a")
            messages.add(str(caught.value))
        assert len(messages) == 1


class UrlSignerSuite:
    """What every `UrlSigner` must do; subclass it in a test module and pytest runs it. Fixture: `url_signer`."""

    subject = "file-preview|5f8c3a0e-7e1b-4f0a-9a55-0b6f3c2d1e00"

    def test_it_verifies_what_it_signed(self, url_signer: UrlSigner) -> None:
        """Also a subject with characters of all kinds."""
        for subject in (self.subject, "upload|a b.pdf|application/pdf|t|u", "image-preview|é🔑"):
            url_signer.verify(subject, **url_signer.sign(subject))

    def test_the_parameters_have_their_forms(self, url_signer: UrlSigner) -> None:
        """Seconds, 16 bytes in hexadecimal, and an SHA-256 in URL-safe Base64 with padding."""
        signed = url_signer.sign(self.subject)
        assert list(signed) == ["timestamp", "nonce", "sign"]
        assert signed["timestamp"].isdecimal()
        assert len(bytes.fromhex(signed["nonce"])) == 16
        assert len(base64.urlsafe_b64decode(signed["sign"])) == hashlib.sha256().digest_size
        assert signed["sign"].endswith("=")

    def test_no_two_signatures_are_the_same(self, url_signer: UrlSigner) -> None:
        """Each has a nonce of its own."""
        signed = [url_signer.sign(self.subject) for _ in range(20)]
        assert len({one["nonce"] for one in signed}) == len({one["sign"] for one in signed}) == 20

    @pytest.mark.parametrize("other", ["file-preview|x", "image-preview|x", "", "file-preview"])
    def test_a_signature_is_of_one_subject(self, url_signer: UrlSigner, other: str) -> None:
        """It opens no other file."""
        with pytest.raises(InvalidSignatureError):
            url_signer.verify(other, **url_signer.sign(self.subject))

    @pytest.mark.parametrize("name", ["timestamp", "nonce", "sign"])
    @pytest.mark.parametrize(
        "value",
        ["", "0", "1", "-1", "1e9", " 1", "nan", "\u0661", "9" * 12, "9" * 5000, "x" * 32, "0" * 32, "é", "\ud800"],
        ids=ascii,
    )
    def test_an_altered_parameter_is_refused(self, url_signer: UrlSigner, name: str, value: str) -> None:
        """As a bad signature, not as a crash."""
        with pytest.raises(InvalidSignatureError):
            url_signer.verify(self.subject, **{**url_signer.sign(self.subject), name: value})

    @pytest.mark.parametrize("place", [0, 10, -3])
    def test_an_altered_signature_is_refused(self, url_signer: UrlSigner, place: int) -> None:
        """Wherever a character is another one."""
        signed = url_signer.sign(self.subject)
        with pytest.raises(InvalidSignatureError):
            url_signer.verify(self.subject, **{**signed, "sign": _altered(signed["sign"], place)})

    def test_fields_cannot_be_moved(self, url_signer: UrlSigner) -> None:
        """A `|` in a parameter does not make one text of two others."""
        signed = url_signer.sign("upload|a|b")
        moved = {**signed, "nonce": f"{signed['timestamp']}|{signed['nonce']}", "timestamp": "b"}
        with pytest.raises(InvalidSignatureError):
            url_signer.verify("upload|a", **moved)


class PasswordsSuite:
    """What every `Passwords` must do; subclass it in a test module and pytest runs it. Fixture: `passwords`.

    It needs `pytest-asyncio`.
    """

    pytestmark = pytest.mark.asyncio

    @pytest.mark.parametrize("password", ["Passw0rd", "pässwörd 1 🔑", " ", "a" * 1000], ids=len)
    async def test_it_verifies_what_it_hashed(self, passwords: Passwords, password: str) -> None:
        """And nothing that is only like it."""
        stored = await passwords.hash(password)
        assert await passwords.verify(password, stored)
        for other in (password + "x", password[:-1], password.swapcase() + " ", ""):
            assert not await passwords.verify(other, stored)

    async def test_no_two_hashes_are_the_same(self, passwords: Passwords) -> None:
        """Each has a salt of its own."""
        one, two = await asyncio.gather(passwords.hash("Passw0rd"), passwords.hash("Passw0rd"))
        assert one.digest != two.digest

    async def test_a_new_hash_is_up_to_date(self, passwords: Passwords) -> None:
        """Or every log-in would write a new one."""
        assert not passwords.outdated(await passwords.hash("Passw0rd"))

    async def test_a_hash_fits_its_columns_and_does_not_show_the_password(self, passwords: Passwords) -> None:
        """Both columns hold 255 characters."""
        stored = await passwords.hash("Passw0rd")
        assert len(stored.digest) <= 255
        assert len(stored.salt) <= 255
        assert "Passw0rd" not in stored.digest + stored.salt

    async def test_it_verifies_what_dify_stored(self, passwords: Passwords) -> None:
        """PBKDF2-SHA256 of 10,000 rounds; hexadecimal, then Base64."""
        salt = bytes(range(16))
        digest = hashlib.pbkdf2_hmac("sha256", b"Passw0rd", salt, 10_000).hex().encode()
        stored = PasswordHash(base64.b64encode(digest).decode(), base64.b64encode(salt).decode())
        assert await passwords.verify("Passw0rd", stored)
        assert not await passwords.verify("passw0rd", stored)

    @pytest.mark.parametrize(
        ("digest", "salt"),
        [("", ""), ("x", "x"), ("é", "é"), ("AAAA", "AAAA"), ("$argon2id$v=19$", ""), ("$argon2x", ""), ("é$", "")],
    )
    async def test_nothing_fits_a_malformed_hash(self, passwords: Passwords, digest: str, salt: str) -> None:
        """An account without a password, or with a damaged one, lets nobody in."""
        stored = PasswordHash(digest, salt)
        for password in ("", "x", "Passw0rd"):
            assert not await passwords.verify(password, stored)
        assert passwords.outdated(stored) in (True, False)

    @pytest.mark.parametrize("password", ["x" * 1_000_000, "é" * 10_000, "\ud800"], ids=len)
    async def test_an_absurd_password_is_refused_and_fits_nothing(self, passwords: Passwords, password: str) -> None:
        """Before it costs anything."""
        stored = await passwords.hash("Passw0rd")
        assert not await passwords.verify(password, stored)
        with pytest.raises(SecretsError) as caught:
            await passwords.hash(password)
        assert password[:8] not in str(caught.value)


class TenantSecretsSuite:
    """What every `TenantSecrets` must do; subclass it in a test module and pytest runs it. Fixture: `tenant_secrets`.

    It needs `pytest-asyncio`.
    """

    pytestmark = pytest.mark.asyncio
    tenant = "5f8c3a0e-7e1b-4f0a-9a55-0b6f3c2d1e00"

    async def test_it_decrypts_what_it_encrypted(self, tenant_secrets: TenantSecrets) -> None:
        """Texts of all kinds, one at a time and together."""
        public = await tenant_secrets.create(self.tenant)
        tokens = {f"n{i}": await tenant_secrets.encrypt(self.tenant, public, text) for i, text in enumerate(_TEXTS)}
        assert [await tenant_secrets.decrypt(self.tenant, token) for token in tokens.values()] == list(_TEXTS)
        assert await tenant_secrets.decrypt_many(self.tenant, tokens) == {f"n{i}": t for i, t in enumerate(_TEXTS)}
        assert await tenant_secrets.decrypt_many(self.tenant, {}) == {}

    async def test_no_two_encryptions_are_the_same(self, tenant_secrets: TenantSecrets) -> None:
        """Equal secrets cannot be told."""
        public = await tenant_secrets.create(self.tenant)
        assert await tenant_secrets.encrypt(self.tenant, public, "x") != await tenant_secrets.encrypt(
            self.tenant, public, "x"
        )

    async def test_an_altered_value_is_refused(self, tenant_secrets: TenantSecrets) -> None:
        """Wherever it was altered, and without a word about the text."""
        public = await tenant_secrets.create(self.tenant)
        token = await tenant_secrets.encrypt(self.tenant, public, "hunter2-hunter2")
        for place in (0, 12, 200, 350, 375, 395, len(token) - 4):
            await _refused(tenant_secrets.decrypt(self.tenant, _altered(token, place)))
        for text in ("", "x", "é", "!!!!", token[:-4], token[:40], token + "AAAA"):
            await _refused(tenant_secrets.decrypt(self.tenant, text))

    async def test_of_several_values_the_bad_one_is_named(self, tenant_secrets: TenantSecrets) -> None:
        """The operator learns which credential to enter again."""
        public = await tenant_secrets.create(self.tenant)
        good = await tenant_secrets.encrypt(self.tenant, public, "hunter2-hunter2")
        tokens = {"endpoint": good, "api_key": _altered(good, -8), "other": "x"}
        await _refused(tenant_secrets.decrypt_many(self.tenant, tokens), naming="api_key")

    async def test_one_tenant_cannot_read_another_ones_secrets(self, tenant_secrets: TenantSecrets) -> None:
        """Each has a key of its own."""
        public = await tenant_secrets.create(self.tenant)
        other = "11111111-7e1b-4f0a-9a55-0b6f3c2d1e00"
        assert await tenant_secrets.create(other) != public
        token = await tenant_secrets.encrypt(self.tenant, public, "hunter2-hunter2")
        await _refused(tenant_secrets.decrypt(other, token))

    async def test_a_new_pair_replaces_the_former_one(self, tenant_secrets: TenantSecrets) -> None:
        """Old values are gone, new ones are read at once."""
        former = await tenant_secrets.create(self.tenant)
        old = await tenant_secrets.encrypt(self.tenant, former, "hunter2-hunter2")
        assert await tenant_secrets.decrypt(self.tenant, old) == "hunter2-hunter2"
        public = await tenant_secrets.create(self.tenant)
        await _refused(tenant_secrets.decrypt(self.tenant, old))
        new = await tenant_secrets.encrypt(self.tenant, public, "new")
        assert await tenant_secrets.decrypt(self.tenant, new) == "new"

    async def test_a_tenant_without_keys_has_no_secrets(self, tenant_secrets: TenantSecrets) -> None:
        """As when the storage was lost."""
        await _refused(tenant_secrets.decrypt(self.tenant, "AAAA"))

    @pytest.mark.parametrize("text", ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"], ids=len)
    async def test_a_damaged_public_key_is_an_error(self, tenant_secrets: TenantSecrets, text: str) -> None:
        """Nothing is stored that nobody can read, and the secret is not in the error."""
        with pytest.raises(SecretsError) as caught:
            await tenant_secrets.encrypt(self.tenant, text, "hunter2-hunter2")
        assert "hunter2" not in str(caught.value)

    @pytest.mark.parametrize("tenant", ["", ".", "..", "../x", "a/b", "a\\b", "/x", "x\0", "é", "x\n", "x" * 1000])
    async def test_a_malformed_tenant_id_is_refused(self, tenant_secrets: TenantSecrets, tenant: str) -> None:
        """It may become a path."""
        with pytest.raises(SecretsError):
            await tenant_secrets.create(tenant)
        with pytest.raises(SecretsError):
            await tenant_secrets.decrypt(tenant, "AAAA")

    async def test_many_can_ask_at_once(self, tenant_secrets: TenantSecrets) -> None:
        """Each gets the answer to its own question."""
        public = await tenant_secrets.create(self.tenant)
        texts = [f"secret {number}" for number in range(40)]
        tokens = await asyncio.gather(*(tenant_secrets.encrypt(self.tenant, public, text) for text in texts))
        assert await asyncio.gather(*(tenant_secrets.decrypt(self.tenant, token) for token in tokens)) == texts


async def _refused(attempt: Awaitable[Any], naming: str = "") -> None:
    """Check that decryption fails in the right way, and gives nothing away."""
    with pytest.raises(DecryptionError) as caught:
        await attempt
    assert naming in str(caught.value)
    assert "hunter2" not in str(caught.value)
