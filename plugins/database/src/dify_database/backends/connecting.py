"""How asyncpg is told to connect: Dify's settings, in its terms."""

import logging
import shlex
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from dify_runtime_sdk import SettingsError

from ..settings import DatabaseSettings

_log = logging.getLogger("dify_database")

_NUMBERS: Final = frozenset(("prepared_statement_cache_size", "statement_cache_size"))
"""Parameters of the driver itself; a pool of transactions in between (PgBouncer) needs 0."""
_UNKNOWN_TO_ASYNCPG: Final = frozenset(
    {
        "channel_binding",
        "fallback_application_name",
        "gssencmode",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "sslcompression",
        "sslsni",
        "tcp_user_timeout",
    }
)
"""Parameters of libpq that mean nothing to asyncpg: nothing is lost when they are left out."""


def connect_arguments(settings: DatabaseSettings) -> dict[str, Any]:
    """The arguments of `asyncpg.connect` beyond host, port, login and database; raises `SettingsError`.

    Parameters that libpq and asyncpg share (`sslmode`, `sslrootcert`, ...) are handed on as the query of an address
    without anything else; the rest are settings of the server, to which those in `options` are added. The time zone is
    always UTC: the columns of times are naive.
    """
    extras = dict(parse_qsl(settings.DB_EXTRAS.strip("?&"), keep_blank_values=True))
    for name in sorted(_UNKNOWN_TO_ASYNCPG & extras.keys()):
        _log.info("DB_EXTRAS: %s is not needed here and left out", name)
        del extras[name]
    arguments: dict[str, Any] = {"timeout": settings.DB_CONNECT_TIMEOUT}
    if "connect_timeout" in extras:
        arguments["timeout"] = _number("connect_timeout", extras.pop("connect_timeout"))
    for name in _NUMBERS & extras.keys():
        arguments[name] = int(_number(name, extras.pop(name)))
    server = dict(_options(extras.pop("options", "")))
    if settings.DB_CHARSET:
        server["client_encoding"] = settings.DB_CHARSET
    arguments["server_settings"] = {**server, "timezone": "UTC"}
    if extras:
        arguments["dsn"] = f"postgresql://?{urlencode(extras)}"
    return arguments


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise SettingsError(f"DB_EXTRAS: {name} must be a number") from None


def _options(text: str) -> Iterator[tuple[str, str]]:
    """The settings in the options of a server's command line: `-c name=value`, `-cname=value`, `--name=value`."""
    words = iter(shlex.split(text))
    for word in words:
        if word == "-c":
            setting = next(words, "")
        elif word.startswith("--"):
            setting = word[2:].replace("-", "_")
        elif word.startswith("-c"):
            setting = word[2:]
        else:
            raise SettingsError("DB_EXTRAS: options may hold `-c name=value` only")
        name, equals, value = setting.partition("=")
        if not (name and equals):
            raise SettingsError("DB_EXTRAS: options may hold `-c name=value` only")
        yield name, value
