"""The errors of those who came too late, worded alike by both back ends."""

from dify_runtime_sdk.cache import LockTimeoutError


def lock_timeout(name: str, wait: float | None) -> LockTimeoutError:
    """The lock was not free in time."""
    return LockTimeoutError(
        f"lock {name!r} was not free within {wait or 0:g} s", hint="somebody else holds it; wait longer or try again"
    )


def no_slot(key: str, limit: int) -> LockTimeoutError:
    """No slot was free."""
    return LockTimeoutError(f"all {limit} slots of {key!r} are taken", hint="try again when one is free")
