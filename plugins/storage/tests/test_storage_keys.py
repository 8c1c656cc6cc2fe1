"""Keys and prefixes: whatever the text, it names one object inside the store, or is refused."""

import ntpath
import posixpath
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dify_runtime_sdk.storage import InvalidKeyError
from dify_runtime_sdk.testing.storage import HOSTILE_KEYS, HOSTILE_PREFIXES, ODD_KEYS
from dify_storage import check_key, check_prefix

NASTY = ("..", ".", "/", "\\", "\x00", "c:", " ", "\n", "\uff0e", "\uff0f", "\u2025", "\uff3c", "\uff1a", "a", "é")
TEXTS = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(NASTY), max_size=8).map("".join))
SEGMENTS = st.text("ab.: -é", min_size=1, max_size=6)


def accepted(check, text):
    try:
        check(text)
    except InvalidKeyError:
        return False
    return True


def below_root(path, key):
    """Whether joining the key to a root stays below it, by the rules of one family of file systems."""
    root = path.normpath("/the/root")
    joined = path.normpath(path.join(root, key))
    return joined.startswith(root + path.sep)


@given(TEXTS)
@example("..")
@example("0:")
@example("a/\uff0e\uff0e/b")
def test_a_key_stays_below_the_root_on_every_file_system(text):
    if accepted(check_key, text):
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            key = unicodedata.normalize(form, text)
            assert below_root(posixpath, key), form
            assert below_root(ntpath, key), form


@given(TEXTS)
def test_a_key_is_the_only_name_of_its_object(text):
    if accepted(check_key, text):
        assert posixpath.normpath(text) == text
        assert text.strip() == text.strip("/") == text
        text.encode("utf-8")


@given(st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join).filter(lambda key: accepted(check_key, key)))
def test_every_beginning_of_a_key_is_a_prefix(key):
    for end in range(len(key) + 1):
        check_prefix(key[:end])


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys_are_taken(key):
    check_key(key)


@pytest.mark.parametrize("key", HOSTILE_KEYS)
def test_hostile_keys_are_refused(key):
    with pytest.raises(InvalidKeyError, match="relative path"):
        check_key(key)


@pytest.mark.parametrize("prefix", [*HOSTILE_PREFIXES, "a/c:", "." * 300])
def test_hostile_prefixes_are_refused(prefix):
    with pytest.raises(InvalidKeyError):
        check_prefix(prefix)


@pytest.mark.parametrize("prefix", ["", ".", "..", "a/", "a/.", "upload_files/ten", "a b", "a "])
def test_cut_off_keys_are_prefixes(prefix):
    check_prefix(prefix)


def test_a_key_of_the_greatest_length_is_taken_and_one_byte_more_is_not():
    key = "/".join(["é" * 100] * 5 + ["x" * 19])
    assert len(key.encode()) == 1024
    check_key(key)
    with pytest.raises(InvalidKeyError, match="1024 bytes"):
        check_key(f"{key}x")


def test_a_long_key_is_not_repeated_in_full():
    with pytest.raises(InvalidKeyError) as caught:
        check_key("x" * 5000)
    assert len(str(caught.value)) < 250
