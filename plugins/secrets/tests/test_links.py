"""Times of signed links."""

import pytest

from dify_runtime.errors import BootError
from dify_runtime_sdk.secrets import InvalidSignatureError, UrlSigner
from dify_secrets.domain.keyring import Keyring
from dify_secrets.domain.urls import signature
from dify_secrets.services.url_signer import UrlSignerService

SUBJECT = "file-preview|1"


@pytest.fixture
def clock():
    return {"now": 1_800_000_000.9}


@pytest.fixture
def signer(clock):
    return UrlSignerService(Keyring("k" * 32), 300, clock=lambda: clock["now"])


@pytest.mark.parametrize("seconds", [0, 299, 300, -59])
def test_a_link_is_good_for_its_time_and_for_clocks_that_differ_a_little(signer, clock, seconds):
    link = signer.sign(SUBJECT)
    clock["now"] = int(link["timestamp"]) + seconds
    signer.verify(SUBJECT, **link)


@pytest.mark.parametrize(
    ("seconds", "reason"), [(301, "expired"), (300.5, "expired"), (-61, "future"), (-9e8, "future")]
)
def test_a_link_is_refused_before_and_after(signer, clock, seconds, reason):
    link = signer.sign(SUBJECT)
    clock["now"] = int(link["timestamp"]) + seconds
    with pytest.raises(InvalidSignatureError, match=reason):
        signer.verify(SUBJECT, **link)


def test_a_timestamp_is_a_whole_number_of_seconds(signer):
    assert signer.sign(SUBJECT)["timestamp"] == "1800000000"


def test_the_time_is_looked_at_only_when_the_signature_fits(signer, clock):
    link = signer.sign(SUBJECT)
    clock["now"] += 1000
    with pytest.raises(InvalidSignatureError, match="does not fit"):
        signer.verify("file-preview|2", **link)


async def test_the_time_is_a_setting(boot):
    signer = await (await boot(FILES_ACCESS_TIMEOUT=1)).services.get(UrlSigner)
    link = signer.sign(SUBJECT)
    signer.verify(SUBJECT, **link)
    other = UrlSignerService(signer._keyring, 300, clock=lambda: int(link["timestamp"]) - 20)
    with pytest.raises(InvalidSignatureError, match="expired"):
        signer.verify(SUBJECT, **other.sign(SUBJECT))


@pytest.mark.parametrize("seconds", [0, -1])
async def test_links_that_are_never_good_are_a_mistake(boot, seconds):
    with pytest.raises(BootError, match="FILES_ACCESS_TIMEOUT"):
        await boot(FILES_ACCESS_TIMEOUT=seconds)


@pytest.mark.parametrize(
    ("timestamp", "nonce"),
    [
        ("+1800000000", "0" * 32),
        ("1800000000.0", "0" * 32),
        ("1_800_000_000", "0" * 32),
        ("\u0661800000000", "0" * 32),
        ("1800000000\n", "0" * 32),
        ("1800000000", ""),
        ("1800000000", "F" * 32),
        ("1800000000", "0" * 31 + "|"),
        ("1800000000", "0" * 32 + "\n"),
    ],
)
def test_parameters_that_no_signer_writes_are_refused_even_with_the_right_key(signer, timestamp, nonce):
    sign = signature(b"k" * 32, SUBJECT, timestamp, nonce)
    with pytest.raises(InvalidSignatureError, match="malformed"):
        signer.verify(SUBJECT, timestamp=timestamp, nonce=nonce, sign=sign)
