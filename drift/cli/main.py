"""The `drift` command: one file per subcommand, listed in `COMMANDS`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import click

from drift import __version__
from drift.cli.epilog import EPILOG
from drift.output import guard

COMMANDS = {
    "check": "Compare the models with the live database.",
    "diff": "Compare any two sources of a schema.",
    "plan": "Write the migration that makes the database as the models declare it.",
    "accept": "Accept differences: write ignore entries into the configuration.",
    "show": "Print the live schema as drift reads it.",
    "snapshot": "Write a schema to a file, for checks that import no models.",
    "sources": "List the sources of a schema, and the targets of the configuration.",
    "rules": "Explain the rules: meaning, impact and fix.",
    "doctor": "Verify the setup and explain how to fix what fails.",
    "init": "Write a configuration, and jobs for GitHub or GitLab, for this project.",
    "merge": "Merge JSON reports from several shards.",
    "demo": "Check an example database with a bundled PostgreSQL.",
    "completion": "Print the script that lets a shell complete drift's command line.",
    "help": "Show this help, the help of a command, or a page of the guide.",
}
"""The subcommands, each imported when it is used, and the first sentence of its help."""


class _Imported(Mapping[str, click.Command]):
    """The commands by name, for click."""

    def __getitem__(self, name: str) -> click.Command:
        """Import a command."""
        if name not in COMMANDS:
            raise KeyError(name)
        module = import_module(f"drift.cli.{name}")
        command: click.Command = getattr(module, "help_" if name == "help" else name)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


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
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of the commands without importing them, in click's own layout."""
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        named = [click.Command(name, help=text) for name, text in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl([(str(each.name), each.get_short_help_str(limit)) for each in named])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand."""
        with guard.unread():
            return super().invoke(ctx)


@click.group(
    cls=Guarded,
    commands=_Imported(),
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


def main() -> None:
    """Run the command."""
    cli(prog_name="drift")
