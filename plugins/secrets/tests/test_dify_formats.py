"""The formats of Dify, computed here by other libraries than the plugin's."""

import base64
import hashlib
import hmac
import json
import secrets
import time

import pytest
from cryptography.hazmat.primitives import cmac, hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from dify_runtime_sdk.secrets import DecryptionError, InvalidSignatureError, PasswordHash
from dify_secrets import HIDDEN, decrypt_dataset_id, encrypt_dataset_id, mask
from dify_secrets.domain import hybrid
from dify_secrets.domain.keyring import Keyring
from dify_secrets.domain.passwords import hash_password, verify_password
from dify_secrets.services.tokens import TokenService
from dify_secrets.services.url_signer import UrlSignerService

SECRET = "a-secret-key-of-more-than-32-bytes-é"
TENANT = "5f8c3a0e-7e1b-4f0a-9a55-0b6f3c2d1e00"
DATASET = "0d0c9f7a-4a55-4c1f-8f0e-6f3c2d1e0b00"
OAEP = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
KEY = rsa.generate_private_key(65537, 2048)
PRIVATE = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def omac(key, number, message):
    mac = cmac.CMAC(algorithms.AES(key))
    mac.update(bytes(15) + bytes([number]) + message)
    return mac.finalize()


def eax(key, nonce, text):
    """AES-EAX without a header: the other text, and the two parts of the tag that do not depend on it."""
    start = omac(key, 0, nonce)
    stream = Cipher(algorithms.AES(key), modes.CTR(start)).encryptor()
    return stream.update(text) + stream.finalize(), start, omac(key, 1, b"")


def tag(key, start, header, sealed):
    return bytes(a ^ b ^ c for a, b, c in zip(start, header, omac(key, 2, sealed), strict=True))


def encrypt_as_dify(text):
    key, nonce = secrets.token_bytes(16), secrets.token_bytes(16)
    sealed, *parts = eax(key, nonce, text.encode())
    blob = b"HYBRID:" + KEY.public_key().encrypt(key, OAEP) + nonce + tag(key, *parts, sealed) + sealed
    return base64.b64encode(blob).decode()


@pytest.mark.parametrize("text", ["", "sk-1234567890", "schlüssel 🔑", "x" * 100_000], ids=len)
def test_a_credential_that_dify_wrote_is_read(text):
    assert hybrid.decrypt(hybrid.load_private_key(PRIVATE), encrypt_as_dify(text)) == text


@pytest.mark.parametrize("text", ["", "sk-1234567890", "schlüssel 🔑", "x" * 100_000], ids=len)
def test_dify_reads_a_credential_written_here(text):
    blob = base64.b64decode(hybrid.encrypt(PUBLIC.decode(), text), validate=True)
    assert blob[:7] == b"HYBRID:"
    key, nonce, sealed = KEY.decrypt(blob[7:263], OAEP), blob[263:279], blob[295:]
    opened, *parts = eax(key, nonce, sealed)
    assert len(key) == 16
    assert opened.decode() == text
    assert tag(key, *parts, sealed) == blob[279:295]


@pytest.mark.parametrize("text", ["", "sk-1234567890", "x" * 214], ids=len)
def test_a_credential_from_before_the_hybrid_layout_is_read(text):
    token = base64.b64encode(KEY.public_key().encrypt(text.encode(), OAEP)).decode()
    assert hybrid.decrypt(hybrid.load_private_key(PRIVATE), token) == text


@pytest.mark.parametrize("hash_", [hashes.SHA256(), hashes.SHA512()], ids=lambda one: one.name)
def test_another_hash_in_the_padding_is_refused(hash_):
    wrapped = KEY.public_key().encrypt(b"x", rsa_padding.OAEP(rsa_padding.MGF1(hash_), hash_, None))
    with pytest.raises(DecryptionError):
        hybrid.decrypt(hybrid.load_private_key(PRIVATE), base64.b64encode(wrapped).decode())


def test_a_made_pair_is_rsa_2048_that_others_can_read():
    private, public = hybrid.generate_pair()
    key = serialization.load_pem_private_key(private, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert (key.key_size, key.public_key().public_numbers().e) == (2048, 65537)
    other = serialization.load_pem_public_key(public.encode())
    assert key.public_key() == other


def test_a_private_key_in_the_other_pem_form_is_read_too():
    pem = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    assert hybrid.decrypt(hybrid.load_private_key(pem), encrypt_as_dify("x")) == "x"


@pytest.mark.parametrize("password", ["Passw0rd", "pässwörd 🔑 1"])
def test_a_password_that_dify_stored_fits(password):
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 10_000, dklen=32)
    stored = PasswordHash(base64.b64encode(digest.hex().encode()).decode(), base64.b64encode(salt).decode())
    assert verify_password(password, stored)
    assert not verify_password(password + " ", stored)


def test_dify_verifies_a_password_stored_here():
    stored = hash_password("Passw0rd", "pbkdf2")
    salt = base64.b64decode(stored.salt, validate=True)
    assert len(salt) == 16
    digest = hashlib.pbkdf2_hmac("sha256", b"Passw0rd", salt, 10_000, dklen=32)
    assert stored.digest == base64.b64encode(digest.hex().encode()).decode()


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token_by_hand(header, claims, key):
    body = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{body}.{b64(hmac.digest(key, body.encode(), 'sha256'))}"


def test_a_console_token_that_dify_signed_is_verified():
    claims = {"user_id": TENANT, "exp": int(time.time()) + 60, "iss": "SELF_HOSTED", "sub": "Console API Passport"}
    token = token_by_hand({"alg": "HS256", "typ": "JWT"}, claims, SECRET.encode())
    assert TokenService(Keyring(SECRET)).verify(token, subject="Console API Passport") == claims


def test_a_token_issued_here_is_signed_with_the_bytes_of_the_key():
    token = TokenService(Keyring(SECRET)).issue({"sub": "Web API Passport", "app_code": "x"})
    body, _, signature = token.rpartition(".")
    assert signature == b64(hmac.digest(SECRET.encode(), body.encode(), "sha256"))
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in body.split("."))
    assert header == {"alg": "HS256", "typ": "JWT"}
    assert claims == {"sub": "Web API Passport", "app_code": "x"}


def link_by_hand(subject, timestamp, nonce):
    message = f"{subject}|{timestamp}|{nonce}".encode()
    return base64.urlsafe_b64encode(hmac.digest(SECRET.encode(), message, "sha256")).decode()


@pytest.mark.parametrize(
    "subject", [f"file-preview|{DATASET}", f"image-preview|{DATASET}", f"upload|ä b.pdf|application/pdf|{TENANT}|u"]
)
def test_links_are_those_of_dify(subject):
    signer = UrlSignerService(Keyring(SECRET), 300)
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    signer.verify(subject, timestamp=timestamp, nonce=nonce, sign=link_by_hand(subject, timestamp, nonce))
    link = signer.sign(subject)
    assert link["sign"] == link_by_hand(subject, link["timestamp"], link["nonce"])
    with pytest.raises(InvalidSignatureError):
        signer.verify(subject, timestamp=timestamp, nonce=nonce, sign=link_by_hand(subject, timestamp, nonce)[:-1])


def dataset_id_by_hand(dataset_id, tenant_id):
    key = hashlib.sha256(tenant_id.encode()).digest()
    pad = padding.PKCS7(128).padder()
    padded = pad.update(dataset_id.encode()) + pad.finalize()
    stream = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(stream.update(padded) + stream.finalize()).decode()


def test_dataset_ids_in_exports_are_those_of_dify():
    text = dataset_id_by_hand(DATASET, TENANT)
    assert encrypt_dataset_id(DATASET, TENANT) == text
    assert decrypt_dataset_id(text, TENANT) == DATASET


def test_a_plain_dataset_id_is_taken_as_it_is():
    assert decrypt_dataset_id(DATASET, TENANT) == DATASET


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        "AAAA",
        "A" * 64,
        dataset_id_by_hand(DATASET, "another"),
        dataset_id_by_hand("x", TENANT),
        DATASET[:-1],
    ],
)
def test_a_foreign_or_damaged_dataset_id_is_refused(text):
    with pytest.raises(DecryptionError, match="dataset id"):
        decrypt_dataset_id(text, TENANT)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", "*" * 20),
        ("12345678", "*" * 20),
        ("123456789", "123456************89"),
        ("sk-abcdefghijklmnop", "sk-abc************op"),
    ],
)
def test_masks_are_those_of_dify(text, shown):
    assert mask(text) == shown


def test_the_text_that_keeps_a_secret_is_that_of_dify():
    assert HIDDEN == "[__HIDDEN__]"
