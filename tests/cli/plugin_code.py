"""Code of plugins that exist for one test."""

PLUGIN = """
from dify_runtime_sdk import Plugin

class One(Plugin):
    '''A plugin.'''
    {body}
"""

COMMANDING = """
from dify_runtime_sdk import Command, Plugin, hookimpl

class One(Plugin):
    @hookimpl
    def commands(self):
        return [Command("{name}", "{target}", "Sing a song.")]
"""

SONG = """
import click

@click.command()
def sing():
    click.echo("la la")

not_a_command = 1
"""

SOURCE = """
from dify_runtime_sdk import ConfigSourceError, Plugin, Settings

class Where(Settings):
    CELLAR_PORT: int

class Cellar:
    name = "cellar"
    bootstrap = Where

    def __init__(self, settings):
        self.port = settings.CELLAR_PORT

    async def fetch(self):
        import asyncio
        try:
            await asyncio.open_connection("127.0.0.1", self.port)
        except OSError as error:
            raise ConfigSourceError("config source 'cellar' is down", hint="light a candle") from error

    async def close(self): ...

class One(Plugin):
    config_source = Cellar
"""
