"""Rendering in processes, of templates that the event loop cannot render."""

import json
from collections.abc import Mapping
from typing import Any, Final

from dify_runtime_sdk.code import TemplateError

from ..processes import ProcessEnded, Processes

_AT_MOST: Final = 2


class Workers:
    """At most two processes, started when they are needed."""

    def __init__(self, most: int, seconds: float) -> None:
        """`most` characters of output and `seconds` for one template."""
        self._most = most
        self._seconds = seconds
        self._processes = Processes(f"{__package__}.child", _AT_MOST)

    async def render(self, source: str, variables: Mapping[str, Any]) -> str:
        """Render `source`; raises `TemplateError`."""
        try:
            order = json.dumps({"source": source, "variables": dict(variables), "most": self._most}).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise TemplateError(f"a variable of the template is not JSON: {error}") from None
        try:
            answer = json.loads(await self._processes.ask(order, self._seconds))
        except TimeoutError:
            reason = f"timeout: the template took longer than {self._seconds:g} s"
            raise TemplateError(reason, hint="TEMPLATE_TIMEOUT is the limit") from None
        except ProcessEnded:
            raise TemplateError("the process that renders the template was ended: it took too much memory") from None
        if "error" in answer:
            raise TemplateError(f"the template failed: {answer['error']}")
        return str(answer["text"])

    async def close(self) -> None:
        """End the processes."""
        await self._processes.close()
