"""The garbage collector works while a plugin's command runs."""

from tests.cli.plugin_code import COMMANDING

TELL = """
import gc

import click

@click.command()
def tell():
    click.echo("collector on" if gc.isenabled() else "collector off")
"""


def test_the_collector_works_in_a_command_that_a_plugin_contributes(install, process, tmp_path):
    install("telling", COMMANDING.format(name="tell", target="tell_of_collector:tell"))
    (tmp_path / "site" / "tell_of_collector.py").write_text(TELL)

    done = process("tell")

    assert done.returncode == 0, done.stderr
    assert done.stdout == "collector on\n"
