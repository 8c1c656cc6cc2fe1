"""DR3xx: the hooks a plugin implements."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..case import Case, rule
from ..facts import HookFact
from ..findings import Issue, Severity


@rule("DR301")
def hooks_exist(case: Case) -> Iterator[Issue]:
    """Every method marked `@hookimpl` implements a hook that somebody specifies."""
    for hook in _hooks(case):
        if hook.hook not in case.hooks and not hook.optional:
            nearest = difflib.get_close_matches(hook.hook, case.hooks, n=1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(sorted(case.hooks))}"
            yield _issue(hook, f"unknown hook {hook.hook!r}", hint)


@rule("DR302")
def arguments_exist(case: Case) -> Iterator[Issue]:
    """An implementation takes only arguments that its hook has, by their names."""
    for hook in _hooks(case):
        known = case.hooks.get(hook.hook)
        wrong = [] if known is None else [name for name in hook.arguments if name not in known]
        if wrong:
            hint = f"it has {', '.join(known)}" if known else "it has no arguments"
            yield _issue(hook, f"hook {hook.hook!r} has no argument {', '.join(map(repr, wrong))}", hint)


@rule("DR303")
def hooks_are_no_wrappers(case: Case) -> Iterator[Issue]:
    """Hooks are not implemented as pluggy wrappers: plugins are called one by one."""
    for hook in _hooks(case):
        if hook.wrapper:
            yield _issue(hook, f"hook {hook.hook!r} is implemented as a pluggy wrapper", "use an interceptor instead")


@rule("DR304", Severity.WARNING)
def hooks_are_marked(case: Case) -> Iterator[Issue]:
    """A method named like a hook is marked `@hookimpl`, or nobody ever calls it."""
    for plugin in case.sound:
        for name, line in plugin.unmarked.items():
            if name in case.hooks:
                message = f"plugin {plugin.name!r}: method {name!r} is named like a hook and not marked"
                hint = "add @hookimpl, or rename it"
                yield Issue(message, hint, Path(plugin.file) if plugin.file else None, line)


def _hooks(case: Case) -> Iterator[HookFact]:
    return (hook for plugin in case.sound for hook in plugin.hooks)


def _issue(hook: HookFact, message: str, hint: str) -> Issue:
    return Issue(message, hint, Path(hook.file) if hook.file else None, hook.line)


RULES: Final = (hooks_exist, arguments_exist, hooks_are_no_wrappers, hooks_are_marked)
