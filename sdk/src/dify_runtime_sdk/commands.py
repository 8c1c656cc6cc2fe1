"""CLI commands, contributed by the hook `commands` and imported only when one is run."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol

from .runtime import Runtime


@dataclass(frozen=True, slots=True)
class Command:
    """A top-level command of `dify-runtime`.

    `target` is `package.module:attribute` of a `click` command or group; it is imported when the command is run or
    asked for its help, so that listing commands stays quick. `help` is the line shown in the list.
    """

    name: str
    target: str
    help: str


class CommandContext(Protocol):
    """What a command gets by `@click.pass_obj`: the way to a booted runtime."""

    def run[T](
        self,
        main: Callable[[Runtime], Awaitable[T]],
        *,
        only: Collection[str] | None = None,
        roles: Collection[str] = ("job",),
        overrides: dict[str, Any] | None = None,
    ) -> T:
        """Boot, await `main(runtime)`, stop, and return its result.

        `only` starts the dependency closure of these capabilities and nothing else, `overrides` is the init layer of
        the settings. An error of the runtime ends the command with its message and exit status 1, not a traceback.
        """
        ...
