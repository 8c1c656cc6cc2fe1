"""What a handler sees of its run."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic_core import to_json

from dify_database import Database

from ..rows.asking import write_progress
from ..rows.taking import Taken


@dataclass(frozen=True, slots=True)
class RunContext:
    """A `TaskContext`."""

    taken: Taken
    database: Database
    holder: str

    @property
    def id(self) -> str:
        """The task's id."""
        return self.taken.id

    @property
    def name(self) -> str:
        """The name of the kind of task."""
        return self.taken.name

    @property
    def attempt(self) -> int:
        """The number of this run."""
        return self.taken.attempt

    async def progress(self, value: Any) -> None:
        """Write how far it is."""
        text = to_json(value).decode()
        await self.database.write(partial(write_progress, task_id=self.id, holder=self.holder, value=text))
