"""The settings of the Redis that carries tasks."""

from pydantic import Field, SecretStr

from dify_cache import RedisSettings


class TaskRedisSettings(RedisSettings):
    """The settings of the plugin `tasks-redis`: those of the cache, unless there is a URL."""

    CELERY_BROKER_URL: SecretStr | None = Field(
        None, description="URL of the Redis that carries tasks, `redis://` or `rediss://`; unset = that of `REDIS_*`"
    )
