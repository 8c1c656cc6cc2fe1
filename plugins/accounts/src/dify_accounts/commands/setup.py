"""The command `setup`."""

import click

from dify_runtime_sdk import CommandContext, Runtime

from ..api import Setup, Tenant


@click.command()
@click.option("--email", required=True, help="The owner's address, to log in with.")
@click.option("--name", required=True, help="The owner's name.")
@click.password_option(help="The owner's password; asked for when it is not given.")
@click.option("--language", default="en-US", show_default=True, help="The language of the console.")
@click.pass_obj
def setup(context: CommandContext, email: str, name: str, password: str, language: str) -> None:
    """Make the first workspace and its owner."""

    async def main(runtime: Runtime) -> Tenant:
        service = await runtime.services.get(Setup)
        return await service.create(email=email, name=name, password=password, language=language)

    tenant = context.run(main, only=("accounts",))
    click.echo(f"made the workspace {tenant.name!r} ({tenant.id})")
