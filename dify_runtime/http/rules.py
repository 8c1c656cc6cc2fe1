"""The class of rules in Quart's map of URLs."""

from collections.abc import Callable
from functools import cache
from typing import Any

from quart.routing import QuartRule


class RuntimeRule(QuartRule):
    """A rule that learns how to build URLs when it is first asked to.

    Werkzeug compiles two functions for it into every rule. Routes need none of them, and compiling takes longer than
    all else that becomes of a route at the boot.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(super()._compile_builder)

        def build(rule: QuartRule, **values: Any) -> tuple[str, str]:
            return compiled(append_unknown)(rule, **values)

        return build
