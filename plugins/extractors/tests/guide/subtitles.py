"""The parser of the guide: SubRip subtitles."""

import re

_TIMING = re.compile(r"^\d\d:\d\d:\d\d,\d{3} --> ")


def read_srt(content: bytes, _extension: str) -> str:
    """The spoken lines, without numbers and times."""
    lines = content.decode("utf-8-sig").splitlines()
    if not any(_TIMING.match(line) for line in lines):
        raise ValueError("it has no times, as subtitles have")
    return "\n".join(line for line in lines if line and not line.isdecimal() and not _TIMING.match(line))
