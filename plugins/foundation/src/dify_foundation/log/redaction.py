"""Masking of secrets in text that is about to be shown.

One pattern, made of possessive parts only: no part is ever tried twice on the same characters, so the time is linear in
the length of the text whatever the text is. It errs on the side of masking too much.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

MASK: Final = "***"

_HINTS: Final = (
    "key",
    "pass",
    "pwd",
    "secret",
    "token",
    "credential",
    "authorization",
    "bearer",
    "://",
    "sk-",
    "app-",
    "dataset-",
    "eyj",
    "sig",
    "code=",
)
"""Text without any of these in lower case cannot match the pattern; looking for them costs a fraction of it."""

_NAME: Final = r"""
(?: (?:api|access|secret|private|signing|encryption) [_-]?+ key
  | passw(?:or)?+d | passphrase | pwd | secret | token | credentials?+ | signature | authorization
)"""

_INNER: Final = r"""\\\\ (?: \\. | [^\\] )"""
"""An escape inside a text that is itself inside an escaped text: two backslashes and what they escape."""

_PATTERN: Final = rf"""
# name and value, in any of the usual notations: k=v, k: v, "k": "v", 'k' => 'v', (b'k', b'v'), \"k\": \"v\"
(?P<name>
  (?: {_NAME} | (?<=[?&]) (?:key|sign|sig|code) )
  (?: \\*+ ["'] )?+
  [ \t]*+ (?: [:=] >?+ | , (?=[ ]?b["']) ) [ \t]*+
  (?: b (?=["']) )?+
)
(?:
    (?P<quote> ["'] )         (?: (?<=") (?: [^"\\] | \\. )++ | (?<=') (?: [^'\\] | \\. )++ )
  | (?P<escaped> \\++ ["'] )  (?: (?<=") (?: [^"\\] | {_INNER} )++ | (?<=') (?: [^'\\] | {_INNER} )++ )
  | (?P<scheme> (?: (?:bearer|basic|digest|token|apikey) \s++ )?+ )
    (?! (?:null|none|true|false)\b ) [^\s"'\\,;&<>(){{}}\[\]]++
)
# the user and the password of a URL
| (?P<authority> :// (?: (?P<user> [^\s/?\#@:"'<>]*+ : ) (?: [^\s/@"'<>]*+ @ )++ | (?: [^\s/?\#@:"'<>]*+ @ )++ ) )
# keys and tokens that are known by their own look
| (?P<bearer> \b bearer \s++ ) [a-z0-9._~+/=-]{{6,}}+
| (?<![a-z0-9]) (?P<prefix> (?:app|dataset)- ) [a-z0-9]{{20,}}+
| (?<![a-z0-9]) (?P<sk> sk- ) [a-z0-9_-]{{16,}}+
| (?<![a-z0-9_-]) (?P<jwt> eyj ) [a-z0-9_-]{{8,}}+ \. [a-z0-9_-]{{8,}}+ (?: \. [a-z0-9_-]*+ )?+
"""


@cache
def _compiled() -> re.Pattern[str]:
    """The pattern, compiled when it is first needed: this takes milliseconds that a start would feel."""
    return re.compile(_PATTERN, re.IGNORECASE | re.VERBOSE | re.DOTALL)


@cache
def _secret_name() -> re.Pattern[str]:
    return re.compile(rf"{_NAME}\Z", re.IGNORECASE | re.VERBOSE)


def _masked(match: re.Match[str]) -> str:
    kept = match.groupdict(default="")
    if kept["authority"]:
        return f"://{kept['user']}{MASK}@"
    return "".join((*(value for key, value in kept.items() if key not in ("authority", "user")), MASK))


def redact(text: str) -> str:
    """`text` with secrets masked: values of secret-looking names, keys, tokens, and credentials in URLs."""
    lowered = text.lower()
    for hint in _HINTS:
        if hint in lowered:
            return _compiled().sub(_masked, text)
    return text


def redact_value(value: Any, depth: int = 6) -> Any:
    """A JSON-able copy of `value` with secrets masked, also those recognised by the key they stand under.

    What is neither a JSON type nor a mapping or sequence, or is nested deeper than `depth`, becomes redacted text.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth > 0 and isinstance(value, Mapping):
        return {str(key): _redact_item(str(key), item, depth - 1) for key, item in value.items()}
    if depth > 0 and isinstance(value, list | tuple | set | frozenset):
        return [redact_value(item, depth - 1) for item in value]
    return redact(value if isinstance(value, str) else str(value))


def _redact_item(key: str, item: Any, depth: int) -> Any:
    if item is not None and _secret_name().search(key) and not isinstance(item, Mapping | list | tuple):
        return MASK
    return redact_value(item, depth)
