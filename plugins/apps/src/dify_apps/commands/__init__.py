"""The command `apps`."""

import click

from .comparing import diff
from .exporting import export
from .importing import import_
from .listing import delete, list_apps
from .versions import copy, history, publish


@click.group()
def apps() -> None:
    """Apps of the first workspace: import, export, publish, compare, copy, delete.

    APP is an id or, if only one app has it, a name.
    """


for command in (import_, export, list_apps, publish, history, diff, copy, delete):
    apps.add_command(command)
