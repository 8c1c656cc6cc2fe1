"""Settings of the plugin `quotes`."""

from pathlib import Path

from pydantic import Field

from dify_runtime_sdk import Settings


class QuotesSettings(Settings):
    """Where the quotations come from."""

    QUOTES_FILE: Path | None = Field(
        None, description="UTF-8 text file with one quotation per line; unset: a few built-in ones"
    )
