"""Where the Redis of tasks is, as the settings say."""

from typing import Any
from urllib.parse import quote, urlsplit

from dify_runtime_sdk import SettingsError

from .settings import TaskRedisSettings


def locate(settings: TaskRedisSettings) -> tuple[str, str, dict[str, Any]]:
    """URL, the server in words, and further options of connections; raises `SettingsError`.

    Only the words may be shown.
    """
    if settings.CELERY_BROKER_URL is not None:
        url = settings.CELERY_BROKER_URL.get_secret_value()
    elif settings.REDIS_USE_SENTINEL or settings.REDIS_USE_CLUSTERS:
        raise SettingsError(
            "tasks cannot be carried by Sentinels or a Redis Cluster",
            hint="set CELERY_BROKER_URL to a single Redis, or TASK_BROKER=rows",
        )
    else:
        url = _url(settings)
    try:
        parts = urlsplit(url)
        where = f"Redis at {parts.hostname}:{parts.port or 6379}"
    except ValueError:
        parts, where = urlsplit(""), ""
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise SettingsError(
            "CELERY_BROKER_URL is not the URL of a Redis", hint="write redis://user:password@host:port/database"
        )
    return url, where, _tls(settings) if parts.scheme == "rediss" else {}


def _url(settings: TaskRedisSettings) -> str:
    scheme = "rediss" if settings.REDIS_USE_SSL else "redis"
    password = settings.REDIS_PASSWORD.get_secret_value() if settings.REDIS_PASSWORD else ""
    login = f"{quote(settings.REDIS_USERNAME or '', safe='')}:{quote(password, safe='')}@" if password else ""
    host = f"[{settings.REDIS_HOST}]" if ":" in settings.REDIS_HOST else settings.REDIS_HOST
    return f"{scheme}://{login}{host}:{settings.REDIS_PORT}/{settings.REDIS_DB}"


def _tls(settings: TaskRedisSettings) -> dict[str, Any]:
    checks = {"CERT_REQUIRED": "required", "CERT_OPTIONAL": "optional"}.get(settings.REDIS_SSL_CERT_REQS, "none")
    return {
        "ssl_cert_reqs": checks,
        "ssl_check_hostname": checks == "required",
        "ssl_ca_certs": settings.REDIS_SSL_CA_CERTS or None,
        "ssl_certfile": settings.REDIS_SSL_CERTFILE or None,
        "ssl_keyfile": settings.REDIS_SSL_KEYFILE or None,
    }
