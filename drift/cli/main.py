"""The `drift` command: one file per subcommand, listed in `COMMANDS`."""

from __future__ import annotations

from typing import Any

import click

from drift import __version__
from drift.cli.accept import accept
from drift.cli.check import check
from drift.cli.completion import completion
from drift.cli.demo import demo
from drift.cli.diff import diff
from drift.cli.doctor import doctor
from drift.cli.help import help_
from drift.cli.init import init
from drift.cli.merge import merge
from drift.cli.options import EPILOG
from drift.cli.plan import plan
from drift.cli.rules import rules
from drift.cli.show import show
from drift.cli.snapshot import snapshot
from drift.cli.sources import sources
from drift.output import guard

COMMANDS = (
    check, diff, plan, accept, show, snapshot, sources, rules, doctor, init, merge, demo,
    completion, help_,
)  # fmt: skip


class Guarded(click.Group):
    """Commands that end in one line and an exit code, never in a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; an error becomes one message and an exit code."""
        with guard.guarded():
            return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the options, and print the help if they ask for it."""
        with guard.unread():
            return super().make_context(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of `COMMANDS` instead of the alphabet's."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand."""
        with guard.unread():
            return super().invoke(ctx)


@click.group(
    cls=Guarded,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.version_option(__version__, prog_name="drift")
def cli() -> None:
    """Compare SQLAlchemy models with a live PostgreSQL database.

    \b
    Examples:
      drift demo
      export DATABASE_URL=postgresql://localhost/shop
      drift check --models shop.models:Base
      drift rules missing-column
    """


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run the command."""
    cli(prog_name="drift")
