"""The pages of the documentation, taken apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
PAGES = sorted(
    path
    for path in DOCS.rglob("*.md")
    if path.relative_to(DOCS).parts[0] not in ("changelog", "examples", "site", ".cache")
)

_FENCE = re.compile(r"^(?P<indent> *)(?P<marks>`{3,})(?P<info>[^`]*)$")
_TITLE = re.compile(r'title="([^"]+)"')
_EXAMPLE = re.compile(r"\A---\nexample: (\S+)\n---\n")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `line` is that of its first mark."""

    line: int
    language: str
    title: str | None
    text: str


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def example(self) -> Path:
        """The directory that titles of blocks are relative to, as the front matter names it."""
        found = _EXAMPLE.match(self.text)
        return EXAMPLES / found[1] if found else ROOT

    @cached_property
    def blocks(self) -> list[Block]:
        return list(_blocks(self.text))


def _blocks(text: str) -> Iterator[Block]:
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        opened = _FENCE.match(line)
        if opened is None:
            continue
        body: list[str] = []
        for _, inner in lines:
            if inner.strip() == opened["marks"]:
                break
            body.append(inner.removeprefix(opened["indent"]))
        language, _, options = opened["info"].strip().partition(" ")
        title = _TITLE.search(options)
        yield Block(number, language, title[1] if title else None, "".join(f"{one}\n" for one in body))


def pages() -> list[Page]:
    """All pages of the site, and the README."""
    return [Page(path) for path in (ROOT / "README.md", *PAGES)]
