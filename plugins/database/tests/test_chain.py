import pytest

from dify_database import MigrationError
from dify_database.migrations.chain import Chain
from plugins.database.tests.notes import write_revision


@pytest.fixture
def versions(tmp_path):
    folder = tmp_path / "versions"
    folder.mkdir()
    return folder


def chain(versions) -> Chain:
    return Chain.read("notes", versions)


def test_an_empty_folder_has_no_head(versions):
    assert chain(versions).head is None


def test_revisions_are_ordered_by_what_they_follow_not_by_name(versions):
    write_revision(versions, "a", "m", "pass")
    write_revision(versions, "m", "z", "pass")
    write_revision(versions, "z", None, "pass")
    (versions / "__init__.py").write_text("")
    (versions / "notes.txt").write_text("")
    found = chain(versions)
    assert list(found.revisions) == ["z", "m", "a"]
    assert found.head == "a"
    assert found.revisions["a"].message == "Revision a."


def test_a_merge_of_two_revisions_is_one_head(versions):
    write_revision(versions, "base", None, "pass")
    write_revision(versions, "left", "base", "pass")
    write_revision(versions, "right", "base", "pass")
    (versions / "merge.py").write_text("revision = 'merge'\ndown_revision = ('left', 'right')\n")
    assert chain(versions).head == "merge"


def test_nothing_of_a_revision_is_run(versions):
    (versions / "one.py").write_text("revision = 'one'\ndown_revision = None\n\ndef upgrade():\n    nonsense(\n")
    assert chain(versions).head == "one"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": ("a", None), "b": ("b", None)}, "several heads: a, b"),
        ({"a": ("a", "b"), "b": ("b", "a")}, "goes in a circle"),
        ({"a": ("a", "missing")}, "follow missing, which is not there"),
        ({"a": ("same", None), "b": ("same", None)}, "same id"),
    ],
    ids=["two heads", "circle", "gap", "twice"],
)
def test_what_is_not_one_chain_is_refused(versions, files, message):
    for name, (revision, follows) in files.items():
        write_revision(versions, revision, follows, "pass").rename(versions / f"{name}.py")
    with pytest.raises(MigrationError, match=message):
        chain(versions)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", r"one\.py of plugin 'notes' has no revision id"),
        ("revision = make()\n", r"one\.py of plugin 'notes' cannot be read"),
        ("revision = \n", r"one\.py of plugin 'notes' cannot be read"),
        ("revision = 'a'\ndown_revision = None\ndepends_on = 'other'\n", "has depends_on"),
    ],
    ids=["no revision", "not literal", "no Python", "depends on another"],
)
def test_a_file_that_is_no_revision_is_named(versions, text, message):
    (versions / "one.py").write_text(text)
    with pytest.raises(MigrationError, match=message):
        chain(versions)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(MigrationError, match=r"plugin 'notes' cannot be read: No such file.*nowhere"):
        chain(tmp_path / "nowhere")
