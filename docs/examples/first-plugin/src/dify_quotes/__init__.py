"""A quotation for every day. Other plugins look up the service `Quotes`."""

from .quotes import Quotes, QuotesError

__all__ = ["Quotes", "QuotesError"]
