"""httpx logs every request with its whole URL; this leaves the origin of it."""

import logging

import httpx

from .failures import origin_of


class UrlFilter(logging.Filter):
    """Shortens the URLs among the arguments of a record, wherever it goes on to."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without paths, queries and user parts."""
        if isinstance(record.args, tuple):
            record.args = tuple(origin_of(one) if isinstance(one, httpx.URL) else one for one in record.args)
        return True
