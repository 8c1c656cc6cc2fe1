"""What listens to the statements of an engine: the count of tests, the log of slow ones, the guard of readers.

It runs the statements itself, by the dialect's own hook. The events before and after a statement would cost each
statement about a tenth of its time: with them SQLAlchemy prepares for listeners of every kind.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Engine, event

from .. import statements
from ..errors import UnitError

_log = logging.getLogger("dify_database.statements")

READS_ONLY: Final = "dify_database_reads_only"
"""The execution option of engines whose statements must not write."""

_SHOWN: Final = 500
"""Characters of a slow statement that are logged."""
_CONTROL: Final = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")
_WRITING: Final = frozenset(("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "CREATE", "ALTER", "DROP", "TRUNCATE"))


def watch_statements(engine: Engine, slow: float) -> None:
    """Count the statements of an engine, and log those that take longer than `slow` seconds (0 = none).

    The log has the text of the statement, never its parameters. Where the engine has the option `READS_ONLY`, a
    statement that writes raises `UnitError` before it reaches the database.
    """

    def watched(execute: Callable[..., None]) -> Callable[..., bool]:
        def run(cursor: Any, statement: str, *rest: Any) -> bool:
            """Run one statement; True says that it has been run. The context comes last."""
            if not statement.startswith(_CONTROL):
                statements.note(statement)
                if rest[-1].execution_options.get(READS_ONLY):
                    _refuse_writing(statement)
            began = time.perf_counter()
            execute(cursor, statement, *rest)
            seconds = time.perf_counter() - began
            if slow and seconds > slow:
                _log.warning("slow statement, %.3f s: %s", seconds, " ".join(statement.split())[:_SHOWN])
            return True

        return run

    for name in ("do_execute", "do_executemany", "do_execute_no_params"):
        event.listen(engine, name, watched(getattr(engine.dialect, name)))


def _refuse_writing(statement: str) -> None:
    word = statement.lstrip()[:8].upper().partition(" ")[0]
    if word in _WRITING:
        raise UnitError(f"a unit that only reads has sent {word}", hint="use Database.write")
