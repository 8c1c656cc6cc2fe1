"""Quart's side of a request, ended where Quart would leave it open."""

from typing import TYPE_CHECKING

from quart import Request
from quart.asgi import ASGIHTTPConnection

if TYPE_CHECKING:
    from hypercorn.typing import ASGISendCallable, ASGISendEvent


class AnswerCutOff(Exception):
    """An answer ended before it was complete: its time was up, or the client left."""


class Connection(ASGIHTTPConnection):
    """Ends a request whose answer was cut off.

    Quart 0.23 gives up sending when the time limit is over, and then waits for the client to leave, for ever if need
    be; 0.22 ends as if all had been sent. Raising makes both leave the connection to the server, which closes it.
    """

    async def handle_request(self, request: Request, send: "ASGISendCallable") -> None:
        """Answer one request; raises `AnswerCutOff`."""
        complete = False

        async def sending(message: "ASGISendEvent") -> None:
            nonlocal complete
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                complete = True

        await super().handle_request(request, sending)
        if not complete:
            raise AnswerCutOff
