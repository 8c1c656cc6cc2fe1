"""What a run begins with: its variables and ids."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from dify_runtime_sdk import ServiceError

from ..state.pool import CONVERSATION, Pool
from ..state.values import Variable, checked


def make_pool(
    system: Mapping[str, Any],
    environment: Iterable[Variable],
    conversation: Iterable[Variable],
    rag: Mapping[str, Any],
) -> Pool:
    """The variables before the first node. Raises `TypeError` for what is no value of a workflow."""
    pool = Pool()
    pool.spaces["sys"] = checked(dict(system))
    for space, variables in (("env", environment), (CONVERSATION, conversation)):
        values: dict[str, Any] = {}
        for variable in variables:
            values[variable.name] = checked(variable.value)
            pool.types[space, variable.name] = variable.type
        pool.spaces[space] = values
    if rag:
        pool.spaces["rag"] = checked(dict(rag))
    return pool


def new_id_prefix() -> str:
    """The beginning of the ids of a run's executions: a random UUID but for its last part, which counts them."""
    return str(uuid.uuid4())[:24]


class NoServices:
    """The services of a run that was given none."""

    async def get[T](self, key: type[T]) -> T:
        """Refuse."""
        raise ServiceError(
            f"the run was started without services, and a node needs {key.__name__}",
            hint="pass `services` to the run",
        )
