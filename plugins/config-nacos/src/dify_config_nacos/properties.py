r"""The text format of the settings: lines of `NAME=value`.

Per line: blanks around it are trimmed; empty lines and those that begin with `#` or `!` are skipped; the first `=` or
`:` that no backslash escapes separates name and value, and a line without one is skipped; blanks around both are
trimmed. In values `\=` and `\:` are `=` and `:`, and the escapes of Python's text literals (`\n`, `\t`, `\\`, `\uXXXX`,
...) are decoded; what is no valid escape stays as it is. Names are taken as written. A later line wins over an earlier
one of the same name. Lines are not continued.
"""

import re

_LINE = re.compile(r"((?:\\.|[^\\=:])*)[=:](.*)", re.DOTALL)
_ESCAPE = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+|\\U[0-9A-Fa-f]{8}|\\x[0-9A-Fa-f]{2}|\\[=:\\'\"abfnrtv]")
"""Runs of `\\uXXXX` are taken together: a character beyond U+FFFF is written as two of them."""


def parse_properties(text: str) -> dict[str, str]:
    """The settings in `text`; see the module for the format."""
    settings: dict[str, str] = {}
    for line in map(str.strip, text.split("\n")):
        match = None if line.startswith(("#", "!")) else _LINE.match(line)
        if match:
            settings[match[1].strip()] = _ESCAPE.sub(_decode, match[2].strip())
    settings.pop("", None)
    return settings


def _decode(match: re.Match[str]) -> str:
    escape = match[0]
    if escape in {r"\=", r"\:"}:
        return escape[1]
    try:
        units = escape.encode("ascii").decode("unicode_escape").encode("utf-16-le", "surrogatepass")
        return units.decode("utf-16-le")
    except UnicodeDecodeError:  # half a pair, or beyond the last code point
        return escape
