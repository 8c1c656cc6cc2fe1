"""What every log line of one request shares: its ids and who makes it."""

import os
from contextvars import ContextVar
from typing import Final


class LogContext:
    """The logging context of one request, task or run.

    One object is shared by everything that the request starts, so that what a handler binds is also known to the
    middleware around it. Made for every request: it does nothing that can wait for the first log line.
    """

    __slots__ = ("_trace_id", "identity", "req_id", "span_id")

    def __init__(self) -> None:
        # the first ten hex digits of a version 4 UUID are random bits: the same distribution at a quarter of the cost
        self.req_id: str = os.urandom(5).hex()
        self.span_id: str | None = None
        self.identity: dict[str, str] = {}
        self._trace_id: str | None = None

    @property
    def trace_id(self) -> str:
        """The bound trace id, or one derived from `req_id`: 32 hex digits."""
        if self._trace_id is None:
            import uuid  # needed for the first log line of a process at the earliest

            self._trace_id = uuid.uuid5(uuid.NAMESPACE_DNS, self.req_id).hex
        return self._trace_id

    def bind_trace(self, trace_id: str, span_id: str | None) -> None:
        """Use these ids from now on."""
        self._trace_id = trace_id
        self.span_id = span_id


CURRENT: Final[ContextVar[LogContext | None]] = ContextVar("dify_log_context", default=None)
"""The context of the code that runs now; None outside requests and tasks."""


def new_request_context() -> LogContext:
    """Open a new logging context for the current task and what it starts; returns it."""
    context = LogContext()
    CURRENT.set(context)
    return context


def current_context() -> LogContext | None:
    """The logging context of the code that runs now, if one was opened."""
    return CURRENT.get()


def bind_trace_id(trace_id: str, span_id: str | None = None) -> None:
    """Use this trace id, and span id, in the lines from now on; opens a context if there is none."""
    (CURRENT.get() or new_request_context()).bind_trace(trace_id, span_id)


def bind_identity(*, tenant_id: str | None = None, user_id: str | None = None, user_type: str | None = None) -> None:
    """Name who makes the request in the lines from now on; opens a context if there is none.

    `user_type` is `account`, or the type of the end user.
    """
    context = CURRENT.get() or new_request_context()
    named = {"tenant_id": tenant_id, "user_id": user_id, "user_type": user_type}
    context.identity = {key: value for key, value in named.items() if value}
