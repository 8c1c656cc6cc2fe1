"""Arguments of tasks: what a handler's signature asks for, and their way through JSON."""

import inspect
import typing
from collections.abc import Mapping
from functools import partial
from typing import Any, NotRequired, Required, TypedDict, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from pydantic_core import PydanticSerializationError

from dify_runtime_sdk import PluginError
from dify_runtime_sdk.tasks import Handler, Task, TaskArgumentsError, TaskContext

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Arguments:
    """What the handler of one task takes; raises `PluginError` for a handler that cannot be called by names."""

    def __init__(self, task: Task) -> None:
        self._name = task.name
        hints = typing.get_type_hints(_function(task.handler), include_extras=True)
        fields: dict[str, Any] = {}
        self.context: list[str] = []
        for parameter in inspect.signature(task.handler).parameters.values():
            if parameter.kind not in _NAMED:
                raise PluginError(f"task {task.name!r}: its handler takes {parameter}", hint="name every argument")
            hint = hints.get(parameter.name, Any)
            if hint is TaskContext:
                self.context.append(parameter.name)
            else:
                required = parameter.default is inspect.Parameter.empty
                fields[parameter.name] = Required[hint] if required else NotRequired[hint]
        # the functional form, since the names are only known here
        shape = TypedDict("Arguments", fields)  # type: ignore[misc]  # mypy wants the fields written out
        self._adapter: TypeAdapter[Any] = TypeAdapter(with_config(ConfigDict(extra="forbid"))(shape))

    def dump(self, arguments: Mapping[str, Any]) -> str:
        """The arguments as JSON; raises `TaskArgumentsError`."""
        try:
            return self._adapter.dump_json(self._adapter.validate_python(dict(arguments))).decode()
        except ValidationError as error:
            raise self._refused(error) from None  # the cause would show the values
        except PydanticSerializationError:
            raise TaskArgumentsError(f"task {self._name!r}: its arguments cannot be written as JSON") from None

    def load(self, text: str) -> dict[str, Any]:
        """The arguments again; raises `TaskArgumentsError`."""
        try:
            return cast("dict[str, Any]", self._adapter.validate_json(text))
        except ValidationError as error:
            raise self._refused(error) from None  # as above

    def _refused(self, error: ValidationError) -> TaskArgumentsError:
        """Say which arguments are wrong and how, not what they are."""
        problems = error.errors(include_input=False, include_context=False, include_url=False)
        found = ", ".join(sorted({f"{'.'.join(map(str, one['loc'])) or 'all'}: {one['type']}" for one in problems}))
        return TaskArgumentsError(f"task {self._name!r} refuses its arguments ({found})")


def _function(handler: Handler) -> Any:
    """The function that has the annotations."""
    found: Any = handler
    while isinstance(found, partial):
        found = found.func
    return found if inspect.isroutine(found) else type(found).__call__
