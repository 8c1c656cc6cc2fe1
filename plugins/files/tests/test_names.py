"""Names of files."""

import pytest

from dify_files import FileExtensionBlocked, FilenameMissing, InvalidFilename
from dify_files.domain.kinds import guessed_extension, kind_of, media_type
from dify_files.domain.names import checked_name, extension_of, harmless_name
from dify_runtime_sdk.workflow import FileType


@pytest.mark.parametrize("character", [*'/\\:*?"<>|', "\0", "\n", "\x7f", "\ud800"])
def test_characters_that_lead_elsewhere_are_refused(character):
    with pytest.raises(InvalidFilename):
        checked_name(f"a{character}b.txt")


@pytest.mark.parametrize("name", ["", " ", "\t"])
def test_no_name_is_refused(name):
    with pytest.raises(FilenameMissing):
        checked_name(name)


def test_a_long_name_is_cut_and_keeps_its_extension():
    name = checked_name("x" * 300 + ".PDF")
    assert (len(name.name), name.extension, name.name[-5:]) == (200, "pdf", "x.pdf")
    assert len(checked_name("x" * 300).name) == 200


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.txt", "txt"), ("A.TXT", "txt"), ("a.tar.gz", "gz"), ("a", ""), (".env", ""), ("a.txt. ", "txt"), ("..", "")],
)
def test_the_extension_is_what_follows_the_last_dot(name, extension):
    assert extension_of(name) == extension


def test_an_extension_of_any_length_or_kind_never_reaches_a_key():
    assert checked_name("a." + "x" * 300).suffix == ""
    assert checked_name("a.tx t").suffix == ""
    assert checked_name("a.%2e").suffix == ""
    assert checked_name("a.txt").suffix == ".txt"


def test_a_blocked_extension_says_which():
    with pytest.raises(FileExtensionBlocked, match=r"'\.exe'"):
        checked_name("a.Exe", blocked={"exe"})


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("a.txt", "a.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\a.txt", "a.txt"),
        ("a:b?.txt", "a_b_.txt"),
        ("/", ""),
    ],
)
def test_a_name_from_elsewhere_is_made_harmless(given, made):
    assert harmless_name(given) == made


@pytest.mark.parametrize(
    ("extension", "mime_type", "kind"),
    [
        (".png", None, FileType.IMAGE),
        ("MP3", "video/mp4", FileType.AUDIO),
        ("", "video/mp4", FileType.VIDEO),
        ("", "application/pdf", FileType.DOCUMENT),
        ("", "text/x-python", FileType.DOCUMENT),
        ("zip", "application/zip", FileType.CUSTOM),
        ("", None, FileType.CUSTOM),
    ],
)
def test_the_kind_comes_from_the_extension_and_else_from_the_type(extension, mime_type, kind):
    assert kind_of(extension, mime_type) is kind


@pytest.mark.parametrize(
    ("declared", "read"),
    [("Text/HTML; charset=x", "text/html"), ("a/b", "a/b"), ("", None), (None, None), ("text", None), ("a/\xfc", None)],
)
def test_a_declared_type_is_read_without_its_parameters(declared, read):
    assert media_type(declared) == read


def test_a_type_suggests_an_extension():
    assert (guessed_extension("image/png"), guessed_extension("x/y"), guessed_extension(None)) == (".png", "", "")
