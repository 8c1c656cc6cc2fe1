"""How errors end a command: message and hint on stderr, exit status 1; a traceback only when asked for."""

import traceback
from typing import IO, Any, Self

import click

from dify_runtime_sdk import DifyRuntimeError


class RuntimeFailure(click.ClickException):
    """An error of the runtime on its way to the terminal."""

    exit_code = 1

    def __init__(self, error: DifyRuntimeError, *, debug: bool) -> None:
        super().__init__(error.message)
        self.hint = error.hint
        self.trace = "".join(traceback.format_exception(error)) if debug else ""

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the error to stderr."""
        if self.trace:
            click.echo(self.trace, file=file, err=True)
        click.echo(f"Error: {self.message}", file=file, err=True)
        if self.hint:
            click.echo(f"Hint: {self.hint}", file=file, err=True)

    @classmethod
    def of(cls, error: Exception, *, debug: bool) -> Self | None:
        """The failure to show for `error`; None for what nobody raised on purpose."""
        return cls(error, debug=debug) if isinstance(error, DifyRuntimeError) else None
