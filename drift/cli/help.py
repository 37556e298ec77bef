"""`drift help`."""

from __future__ import annotations

import difflib

import click

from drift.cli import completing
from drift.errors import UsageError


@click.command(name="help")
@click.argument("command", required=False, metavar="[COMMAND]", shell_complete=completing.commands)
@click.pass_context
def help_(context: click.Context, command: str | None) -> None:
    """Show this help, or the help of a command."""
    parent = context.parent
    assert parent is not None
    assert isinstance(parent.command, click.Group)
    if command is None:
        click.echo(parent.get_help())
        return
    named = parent.command.get_command(parent, command)
    if named is None:
        close = difflib.get_close_matches(command, parent.command.commands, n=1)
        hint = f"; did you mean {close[0]}?" if close else " (drift help lists them)"
        raise UsageError(f"unknown command {command!r}{hint}")
    with click.Context(named, info_name=command, parent=parent) as own:
        click.echo(named.get_help(own))
