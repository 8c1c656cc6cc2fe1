"""Services that a caller gives, before those of a runtime."""

from collections.abc import Mapping
from typing import Any

from dify_runtime_sdk import ServiceError
from dify_runtime_sdk.workflow import NodeServices


class GivenServices:
    """Looks a service up in a mapping by its protocol, and otherwise in `others`; satisfies `NodeServices`."""

    def __init__(self, given: Mapping[type[Any], Any], others: NodeServices | None = None) -> None:
        self._given = given
        self._others = others

    async def get[T](self, key: type[T]) -> T:
        """See `NodeServices.get`."""
        if key in self._given:
            service: T = self._given[key]
            return service
        if self._others is None:
            names = ", ".join(sorted(one.__name__ for one in self._given)) or "none"
            raise ServiceError(f"a node needs {key.__name__}, which was not given", hint=f"given: {names}")
        return await self._others.get(key)
