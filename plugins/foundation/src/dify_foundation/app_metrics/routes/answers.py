"""The bodies of the answers."""

from typing import Literal

from pydantic import BaseModel


class Health(BaseModel):
    """The process answers; nothing behind it was asked."""

    pid: int
    status: Literal["ok"]
    version: str


class Check(BaseModel):
    """One health check; `error` is null when it passed, `ms` how long it took."""

    name: str
    plugin: str
    essential: bool
    ms: float
    error: str | None


class ReadinessReport(BaseModel):
    """Whether the process should get traffic, and why not; `failed_plugins` maps plugins that are out to the reason."""

    status: Literal["ready", "degraded", "not_ready"]
    checks: list[Check]
    failed_plugins: dict[str, str]


class Thread(BaseModel):
    """One thread of the process."""

    name: str
    id: int | None
    is_alive: bool


class Threads(BaseModel):
    """The threads of the process."""

    pid: int
    thread_num: int
    threads: list[Thread]
