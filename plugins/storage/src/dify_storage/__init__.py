"""Storage: objects by key. Public to authors of back ends: `check_key` and `check_prefix`."""

from .keys import check_key, check_prefix

__all__ = ["check_key", "check_prefix"]
