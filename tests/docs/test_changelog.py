"""Changelog fragments are well named, and towncrier can collect them."""

import re
import subprocess
import sys
import tomllib

from .pages import DOCS, ROOT

FOLDER = DOCS / "changelog"
FRAGMENTS = sorted(path for path in FOLDER.iterdir() if path.name != "README.md")
DOCUMENTED = re.findall(r"^\| `(\w+)` \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
CONFIGURED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]


def test_fragments_have_a_slug_and_a_known_type():
    pattern = re.compile(rf"\+[a-z0-9-]+\.({'|'.join(DOCUMENTED)})\.md")
    assert [path.name for path in FRAGMENTS if not pattern.fullmatch(path.name)] == []


def test_the_types_are_those_of_the_configuration():
    assert DOCUMENTED == ["breaking", "deprecation", "feature", "bugfix", "doc", "misc"]
    assert [one["directory"] for one in CONFIGURED.get("type", ())] == DOCUMENTED


def test_towncrier_collects_every_fragment():
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9", "--date", "2026-01-01"]
    drafted = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert drafted.returncode == 0, drafted.stderr
    assert "## 9.9.9 (2026-01-01)" in drafted.stdout
    flowed = " ".join(drafted.stdout.split())
    missing = [path.name for path in FRAGMENTS if " ".join(path.read_text(encoding="utf-8").split()) not in flowed]
    assert missing == []


def test_the_changelog_has_the_place_where_releases_go():
    assert CONFIGURED["filename"] == "CHANGELOG.md"
    assert "<!-- towncrier release notes start -->" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
