"""The host: finds plugins, orders them by what they declare, starts, serves and stops them."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .runtime import Runtime

__version__: Final = "0.1.0"

__all__ = ["Runtime", "__version__"]


def __getattr__(name: str) -> Any:
    # Lazy, so that `dify-runtime version` and the recovery commands import next to nothing.
    if name == "Runtime":
        from .runtime import Runtime

        return Runtime
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
