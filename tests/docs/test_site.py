"""The site is built offline, has no broken link, and loads nothing from another host."""

import re
import shutil
import subprocess
import sys
import tomllib
from html.parser import HTMLParser

import pytest

from .pages import DOCS, PAGES

LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "use": "href"}
STYLE_IMPORT = re.compile(r"(?:@import\s+|url\()\s*[\"']?(https?:)?//", re.IGNORECASE)


class Loads(HTMLParser):
    """Collects what a page makes the browser load."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attributes):
        address = dict(attributes).get(LOADED.get(tag, ""))
        if address:
            self.addresses.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built strictly: zensical stops at a link that leads nowhere."""
    copy = tmp_path_factory.mktemp("site") / "docs"
    shutil.copytree(DOCS, copy, ignore=shutil.ignore_patterns("site", ".cache", "__pycache__"))
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(copy / "zensical.toml")]
    built = subprocess.run(command, cwd=copy.parent, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return copy / "site"


def loaded_by(path):
    parser = Loads()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser.addresses


def test_every_page_is_built(site):
    for page in PAGES:
        relative = page.relative_to(DOCS).with_suffix("")
        target = site if relative.name == "index" else site / relative
        assert (target / "index.html").is_file(), f"{relative} was not built"


def test_every_page_is_in_the_navigation():
    text = (DOCS / "zensical.toml").read_text(encoding="utf-8")
    assert "nav" in tomllib.loads(text)["project"]
    assert sorted(re.findall(r'"([\w/-]+\.md)"', text)) == sorted(str(page.relative_to(DOCS)) for page in PAGES)


def test_no_page_loads_anything_from_another_host(site):
    built = sorted(site.rglob("*.html"))
    assert len(built) > len(PAGES)
    loads = {(path.name, address) for path in built for address in loaded_by(path)}
    assert loads
    assert [one for one in loads if re.match(r"(?i)(https?:)?//", one[1])] == []


def test_no_style_loads_anything_from_another_host(site):
    styles = sorted(site.rglob("*.css"))
    assert styles
    assert [path.name for path in styles if STYLE_IMPORT.search(path.read_text(encoding="utf-8"))] == []


def test_angle_brackets_in_a_description_are_shown(site):
    page = (site / "reference" / "settings" / "index.html").read_text(encoding="utf-8")
    assert "moderation/&lt;name&gt;/&lt;name&gt;.py" in page


def test_a_broken_link_would_stop_the_build(tmp_path):
    (tmp_path / "zensical.toml").write_text((DOCS / "zensical.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "index.md").write_text("# Home\n\n[nowhere](reference/missing.md)\n", encoding="utf-8")
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(tmp_path / "zensical.toml")]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert built.returncode != 0
