"""The reference of the checker's rules."""

from ..checker.rules import RULES
from .markdown import code, table

_INTRODUCTION = """\
# Rules for plugins

`dify-runtime plugins check` finds where a plugin breaks one of these. A line with the comment
`# plugins check: ignore CODE` is excused from that rule.
"""


def render_rules() -> str:
    """Every rule with its code and severity as a Markdown page."""
    rows = [(code(rule.code), str(rule.severity), rule.text) for rule in RULES]
    return "\n".join([_INTRODUCTION, *table(("Code", "Severity", "Rule"), rows)])
