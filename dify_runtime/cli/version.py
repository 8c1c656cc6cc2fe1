"""`dify-runtime version`. Imports neither the SDK nor pydantic, so that it answers at once, whatever is broken."""

import platform
from typing import Final

import click

from .. import __version__
from .output import json_option, print_json, print_table

DIFY_API_VERSION: Final = "1.12.1"
"""The SDK's constant, repeated because importing the SDK costs more than all the rest; a test compares the two."""


@click.command()
@json_option
def version(as_json: bool) -> None:
    """Print the versions of the runtime, of the Dify API it serves, and of Python."""
    found = {"dify-runtime": __version__, "dify-api": DIFY_API_VERSION, "python": platform.python_version()}
    if as_json:
        print_json(found)
    else:
        print_table(None, found.items())
