"""The rules, by topic. A code is stable: it stays with its rule for ever and is not given to another."""

from typing import Final

from ..case import Rule
from . import declaration, documentation, hooks, imports, metadata, settings

RULES: Final[tuple[Rule, ...]] = (
    *metadata.RULES,
    *imports.RULES,
    *declaration.RULES,
    *hooks.RULES,
    *settings.RULES,
    *documentation.RULES,
)
"""All rules, in the order of their codes."""
