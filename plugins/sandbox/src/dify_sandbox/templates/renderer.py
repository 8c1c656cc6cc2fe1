"""The service `TemplateRenderer`."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final, Self

from jinja2 import Template, TemplateSyntaxError

from dify_runtime_sdk.code import TemplateError

from .environment import InlineEnvironment
from .inline import is_small
from .spending import SpentError
from .workers import Workers

_KEPT: Final = 1 << 20
"""Characters of source whose compiled templates are kept."""
_LONG: Final = 4096
"""Characters from which on compiling is not the event loop's business."""
_LONGEST: Final = 1 << 20


class Renderer:
    """Renders small templates on the event loop and all others in a process that can be killed; each compiled once.

    Two kinds, because no counter holds everything that a template can do: one filter or operator with a large number
    is one step, and neither a thread nor the event loop can be stopped inside it.
    """

    def __init__(self, most: int, seconds: float) -> None:
        """`most` characters of output and `seconds` for one template."""
        self._most = most
        self._environment = InlineEnvironment()
        self._workers = Workers(most, seconds)
        self._compiled: OrderedDict[str, Template | None] = OrderedDict()
        self._size = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._workers.close()

    async def render(self, source: str, variables: Mapping[str, Any]) -> str:
        """Satisfy `TemplateRenderer.render`."""
        template = self._compiled[source] if source in self._compiled else await self._learn(source)
        if template is not None:
            self._compiled.move_to_end(source)
            try:
                return _render(template, variables, self._most)
            except SpentError:
                pass
        return await self._workers.render(source, variables)

    async def _learn(self, source: str) -> Template | None:
        if len(source) > _LONGEST:
            raise TemplateError(f"the template has more than {_LONGEST} characters")
        template = await asyncio.to_thread(self._compile, source) if len(source) > _LONG else self._compile(source)
        if source not in self._compiled:
            self._compiled[source] = template
            self._size += len(source)
        while self._size > _KEPT and len(self._compiled) > 1:
            oldest, _ = self._compiled.popitem(last=False)
            self._size -= len(oldest)
        return template

    def _compile(self, source: str) -> Template | None:
        """The template if it is small, else None."""
        environment = self._environment
        try:
            tree = environment.parse(source)
            if not is_small(tree):
                return None
            environment.prepare(tree)
            code = environment.compile(tree)
            return Template.from_code(environment, code, environment.make_globals(None))
        except TemplateSyntaxError as error:
            raise TemplateError(f"the template is wrong in line {error.lineno}: {error.message}") from None
        except (RecursionError, MemoryError, SyntaxError, ValueError) as error:
            raise TemplateError(f"the template cannot be compiled: {type(error).__name__}: {error}") from None


def _render(template: Template, variables: Mapping[str, Any], most: int) -> str:
    pieces, size = [], 0
    try:
        for piece in template.generate(variables):
            size += len(piece)
            if size > most:
                raise TemplateError(f"output: the template gives more than {most} characters")
            pieces.append(piece)
    except (SpentError, TemplateError):
        raise
    except Exception as error:  # whatever the template does
        raise TemplateError(f"the template failed: {type(error).__name__}: {error}") from None
    return "".join(pieces)
