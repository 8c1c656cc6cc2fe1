"""The example environment file, from the settings models: every setting commented out, with its default."""

import re
import textwrap
from collections.abc import Iterator
from typing import Final

from ..configuration.store import Explanation, SettingsStore
from ..configuration.validation import SettingField
from .settings import by_owner, owner_title, written
from .types import type_text

_WIDTH: Final = 120
_ASSIGNED: Final = re.compile(r"^(?:# )?([A-Z][A-Z0-9_]*)=", re.MULTILINE)
_PLAIN: Final = re.compile(r"[\w./:@%+,*-]*", re.ASCII)


def render_env_example(store: SettingsStore, preamble: str = "") -> str:
    """The settings that `store` has claims for, by plugin, below `preamble`; what stands there is not repeated."""
    given = set(_ASSIGNED.findall(preamble))
    blocks = [preamble.rstrip()] if preamble else []
    for owner, settings in by_owner(store).items():
        entries = ["\n".join(_entry(one)) for one in settings if one.names[0] not in given]
        if entries:
            blocks += [_heading(owner_title(owner)), "\n".join(entries)]
    return "\n\n".join(blocks)


def _heading(title: str) -> str:
    return f"# ---- {title} ".ljust(_WIDTH, "-")


def _entry(setting: SettingField) -> Iterator[str]:
    description = " ".join((setting.info.description or "").split()).rstrip(".")
    kind = type_text(setting.info)
    yield from textwrap.wrap(
        f"{description} ({kind})",
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    name = setting.names[0]
    yield f"# {name}={_value(setting)}" if "*" not in name else f"# {name.replace('*', 'OPTION')}="


def _value(setting: SettingField) -> str:
    """The default as the file writes it; nothing for a secret, and for what has none."""
    if setting.info.is_required() or setting.secret:
        return ""
    value = Explanation(setting, (), ()).default()
    return "" if value is None else _quoted(written(setting, value))


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
