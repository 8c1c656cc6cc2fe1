"""The service `CodeExecutor` of the back end `interpreter`."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any, Final, Self

from dify_runtime_sdk.code import CodeCall, CodeExecutionError, CodeLanguage, CodeRefusedError

from ..answers import inputs_of, result_of, too_large, too_long, too_much
from ..processes import ProcessEnded, Processes
from ..settings import CodeLimits

_GRACE: Final = 1.0
"""Seconds after which an engine that does not keep its own limit of time is killed."""
_CALL: Final = "\nimport json as _json\n_json.dumps(main(**_inputs))"


class InterpreterExecutor:
    """Python by pydantic-monty, JavaScript by QuickJS; each in processes that can be killed."""

    def __init__(self, settings: CodeLimits) -> None:
        self._settings = settings
        self._places = asyncio.Semaphore(settings.CODE_SANDBOX_CONCURRENCY)
        self._scripts = Processes(f"{__package__}.child", settings.CODE_SANDBOX_CONCURRENCY)
        self._opening = asyncio.Lock()
        self._monty: Any = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._scripts.close()
        await self._stack.aclose()

    async def run(self, call: CodeCall) -> dict[str, Any]:
        """Satisfy `CodeExecutor.run`."""
        inputs = inputs_of(call)
        async with self._places:
            if call.language is CodeLanguage.JAVASCRIPT:
                text = await self._javascript(call.source, json.loads(inputs))
            else:
                text = await self._python(call.source, json.loads(inputs))
        encoded = text.encode(errors="replace")
        if len(encoded) > self._settings.CODE_SANDBOX_OUTPUT:
            raise too_much(self._settings.CODE_SANDBOX_OUTPUT)
        return await result_of(encoded)

    async def _javascript(self, source: str, inputs: Any) -> str:
        _need("quickjs", "quickjs-ng")
        seconds, memory = self._settings.CODE_SANDBOX_TIMEOUT, self._settings.CODE_SANDBOX_MEMORY
        order = {"source": source, "inputs": inputs, "memory": memory << 20, "seconds": seconds}
        try:
            answer = json.loads(await self._scripts.ask(json.dumps(order).encode(), seconds + _GRACE))
        except TimeoutError:
            raise too_long(seconds) from None
        except ProcessEnded:
            raise CodeExecutionError("the process that ran the code ended without a result") from None
        if "limit" in answer:
            raise too_large(memory) if answer["limit"] == "memory" else too_long(seconds)
        if "error" in answer:
            raise CodeExecutionError(answer["error"])
        return str(answer["result"])

    async def _python(self, source: str, inputs: Any) -> str:
        import pydantic_monty as monty  # 10 MB, and an extra

        pool = await self._pool()
        seconds, memory = self._settings.CODE_SANDBOX_TIMEOUT, self._settings.CODE_SANDBOX_MEMORY
        limits = monty.ResourceLimits(max_feed_duration_secs=seconds, max_memory=memory << 20)
        printed = monty.CollectString(self._settings.CODE_SANDBOX_OUTPUT)
        try:
            async with asyncio.timeout(seconds + _GRACE), pool.checkout(script_name="code", limits=limits) as session:
                return str(await session.feed_run(source + _CALL, inputs={"_inputs": inputs}, print_callback=printed))
        except TimeoutError:
            raise too_long(seconds) from None
        except monty.MontyCrashedError as error:
            raise (too_long(seconds) if error.timed_out else CodeExecutionError(str(error))) from None
        except (monty.MontyRuntimeError, monty.MontySyntaxError) as error:
            raise _failure(error, memory, seconds) from None
        except monty.MontyError as error:
            raise CodeExecutionError(str(error)) from None

    async def _pool(self) -> Any:
        async with self._opening:
            if self._monty is None:
                _need("pydantic_monty", "pydantic-monty")
                from pydantic_monty import AsyncMonty  # as above

                most = self._settings.CODE_SANDBOX_CONCURRENCY
                pool = AsyncMonty(max_processes=most, max_checkouts_per_worker=1)
                self._monty = await self._stack.enter_async_context(pool)
            return self._monty


def _failure(error: Any, memory: int, seconds: float) -> CodeExecutionError:
    raised = error.exception()
    if isinstance(raised, MemoryError):
        raise too_large(memory)
    if isinstance(raised, TimeoutError):
        raise too_long(seconds)
    return CodeExecutionError(str(error.display()))


def _need(module: str, distribution: str) -> None:
    import importlib.util

    if importlib.util.find_spec(module) is None:
        raise CodeRefusedError(
            f"the back end `interpreter` needs {distribution}, which is not installed",
            hint="pip install 'dify-runtime-sandbox[interpreter]', or choose another with CODE_EXECUTION_BACKEND",
        )
