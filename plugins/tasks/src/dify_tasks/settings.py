"""The settings of tasks: which broker, how many at once, and how long things may take."""

from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from dify_cache import CacheSettings

AUTO = "auto"
"""The value of `TASK_BROKER` that leaves the choice to the settings of Redis."""


class TaskSettings(CacheSettings):
    """The settings of the plugin `tasks`. A validated `TASK_BROKER` is never `auto`."""

    CELERY_BROKER_URL: SecretStr | None = Field(
        None, description="URL of the Redis that carries tasks, `redis://` or `rediss://`; unset = that of `REDIS_*`"
    )
    TASK_BROKER: str = Field(
        AUTO,
        validate_default=True,
        description="How tasks reach workers: `rows` (they look into the database), `redis`, the key of another "
        "plugin's broker, or `auto`: `redis` if the cache is there or `CELERY_BROKER_URL` is set, else `rows`",
    )
    TASK_QUEUES: Annotated[tuple[str, ...], NoDecode] = Field(
        ("priority_*", "*"),
        description="Queues that a worker serves, the most urgent first (comma list, `*` patterns)",
    )
    TASK_CONCURRENCY: int = Field(16, gt=0, description="Tasks that one worker runs at once")
    TASK_LEASE: float = Field(
        10.0, ge=1, description="How long after its last sign of life a worker's tasks are given to others, seconds"
    )
    TASK_POLL_INTERVAL: float = Field(
        1.0, gt=0, description="How often the database is asked for tasks that nobody announced, seconds"
    )
    TASK_RESEND_AFTER: float = Field(
        60.0, gt=0, description="When a task that nobody has begun is announced to the broker again, seconds"
    )
    TASK_DELIVERY_LIMIT: int = Field(
        5, gt=0, description="How many workers in a row a task may bring down before it has failed"
    )
    TASK_STOP_TIMEOUT: float = Field(
        8.0,
        ge=0,
        description="How long running tasks may go on when the worker stops, seconds",
    )
    TASK_KEEP_FAILED: float = Field(604800.0, gt=0, description="How long failed and cancelled tasks are kept, seconds")
    LOG_TZ: str | None = Field("UTC", description="Time zone of the cron schedules; unset = UTC")

    @field_validator("TASK_QUEUES", mode="before")
    @classmethod
    def _comma_list(cls, value: Any) -> Any:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @field_validator("LOG_TZ", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: Any) -> Any:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("TASK_BROKER")
    @classmethod
    def _choose_broker(cls, value: str, info: ValidationInfo) -> str:
        if value != AUTO:
            return value
        named = info.data.get("CELERY_BROKER_URL") is not None or info.data.get("CACHE_BACKEND") == "redis"
        return "redis" if named else "rows"
