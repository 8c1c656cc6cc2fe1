"""Plain text, and formats that stay plain text."""

import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from .encoding import decode

_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_VOICE: Final = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_TAG: Final = re.compile(r"<[^>]*>")


def read_text(content: bytes, _extension: str) -> str:
    """The text as it is."""
    return decode(content)


def read_json(content: bytes, _extension: str) -> str:
    """The value, indented by two."""
    return json.dumps(json.loads(decode(content)), ensure_ascii=False, indent=2)


def read_properties(content: bytes, _extension: str) -> str:
    """The lines, with the characters that such files write as escapes."""
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), decode(content))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # joins pairs of escapes


def read_vtt(content: bytes, _extension: str) -> str:
    """One line per speaker's turn, `Speaker: text`; cues without a speaker stand alone, a line each."""
    turns = groupby(_cues(decode(content)), key=lambda cue: cue[0])
    return "\n".join(line for speaker, cues in turns for line in _turn(speaker, [text for _, text in cues]))


def _turn(speaker: str, texts: list[str]) -> list[str]:
    return [f"{speaker}: {' '.join(texts)}"] if speaker else texts


def _cues(text: str) -> Iterator[tuple[str, str]]:
    """Speaker (empty when the cue names none) and text of every cue."""
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = block.strip().split("\n")
        timing = next((at for at, line in enumerate(lines) if "-->" in line), None)
        if timing is None:  # the header, a note, a style
            continue
        payload = " ".join(lines[timing + 1 :])
        voice = _VOICE.search(payload)
        spoken = _unescaped(_TAG.sub("", payload)).strip()
        if spoken:
            yield voice[1].strip() if voice else "", spoken


def _unescaped(text: str) -> str:
    from html import unescape  # at first use: other texts do without its tables

    return unescape(text)
