"""The extension point of this plugin."""

from collections.abc import Callable, Iterable, Mapping

from dify_runtime_sdk import Runtime, hookspec

type HeaderSource = Callable[[], Mapping[str, str]]


class EgressHooks:
    """What goes along with outbound requests."""

    @hookspec
    def egress_headers(self, runtime: Runtime) -> Iterable[HeaderSource] | None:
        """Contribute to `Egress.headers`: functions that return the headers of the current trace (`traceparent`).

        When: once per boot, in phase finish; the functions are called for every outbound request that asks for them,
        in its own context, so they must be quick and must not raise. Of two that name the same header the first wins.
        """
