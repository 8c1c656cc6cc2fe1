"""httpx logs every request, with its whole URL, at INFO; this leaves the origin of it, for those who debug."""

import logging

import httpx

from .failures import origin_of


class UrlFilter(logging.Filter):
    """Lets the lines of single requests pass at DEBUG only, and shortens the URLs among the arguments of all lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Drop what is too much, and leave no path, query or user part in the rest."""
        if record.levelno <= logging.INFO and not logging.getLogger(record.name).isEnabledFor(logging.DEBUG):
            return False
        if isinstance(record.args, tuple):
            record.args = tuple(origin_of(one) if isinstance(one, httpx.URL) else one for one in record.args)
        return True
