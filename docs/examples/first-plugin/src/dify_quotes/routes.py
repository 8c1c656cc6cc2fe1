"""HTTP: one route without a prefix."""

from datetime import UTC, date, datetime

from pydantic import BaseModel

from dify_runtime_sdk.http import ROOT, RequestContext, Routes

from .quotes import Quotes


class QuoteQuery(BaseModel):
    """What a client may ask for."""

    day: date | None = None


class Quotation(BaseModel):
    """The answer."""

    day: date
    text: str


async def quote(context: RequestContext, query: QuoteQuery) -> Quotation:
    """Answer with the quotation of a day, today's by default."""
    quotes = await context.runtime.services.get(Quotes)
    day = query.day or datetime.now(UTC).date()
    return Quotation(day=day, text=await quotes.of(day))


def quote_routes() -> Routes:
    """The routes of this plugin; none needs a credential."""
    routes = Routes(ROOT, tag="Quotes", public=True)
    routes.add("GET", "/quote", quote, summary="The quotation of a day")
    return routes
