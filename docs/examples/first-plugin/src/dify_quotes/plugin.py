"""The plugin `quotes`."""

from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Command, Plugin, Runtime, Service, hookimpl

from .quotes import Quotes
from .settings import QuotesSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.http import Routes


class QuotesPlugin(Plugin):
    """A quotation for every day: a service, a route, a command and a health check."""

    settings = QuotesSettings

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the service `Quotes`; its check answers in `/health/ready`."""
        return [Service(Quotes, _make_quotes, check=Quotes.check)]

    @hookimpl
    def routes(self) -> "list[Routes]":
        """Serve `GET /quote`."""
        from .routes import quote_routes  # here, so that only a process that serves imports the HTTP part

        return [quote_routes()]

    @hookimpl
    def commands(self) -> list[Command]:
        """Add `dify-runtime quote`."""
        return [Command("quote", "dify_quotes.commands:quote", "Print the quotation of a day.")]

    async def start(self, runtime: Runtime) -> None:
        """Make the service now, so that an unreadable file is an error at boot and not at the first request."""
        quotes = await runtime.services.get(Quotes)
        await quotes.check()


def _make_quotes(runtime: Runtime) -> Quotes:
    return Quotes(runtime.settings(QuotesSettings).QUOTES_FILE)
