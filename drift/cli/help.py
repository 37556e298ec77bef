"""`drift help`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from drift.cli import completing
from drift.errors import UsageError
from drift.output import terminal
from drift.texts import nearest


@click.command(name="help")
@click.argument(
    "topic",
    required=False,
    metavar="[COMMAND|TOPIC|RULE]",
    shell_complete=completing.topics,
)
@click.pass_context
def help_(context: click.Context, topic: str | None) -> None:
    """Show this help, the help of a command, or a page of the guide.

    A page wins over a command of the same name, whose help is `drift COMMAND -h`.

    \b
    Examples:
      drift help check
      drift help start            # ten minutes to a nightly check
      drift help missing-column
    """
    from drift.guide.pages import TOPICS

    parent = context.parent
    assert parent is not None
    assert isinstance(parent.command, click.Group)
    if topic is None:
        click.echo(parent.get_help())
        terminal.write("\n" + "\n".join(_topics()) + "\n")
    elif topic not in TOPICS and (named := parent.command.get_command(parent, topic)):
        with click.Context(named, info_name=topic, parent=parent) as own:
            click.echo(named.get_help(own))
    else:
        _print_page(topic, parent.command.list_commands(parent))


def _topics() -> Iterator[str]:
    """Yield the list of the guide's pages."""
    from drift.guide.pages import TOPICS, page

    yield "Guide (drift help TOPIC):"
    width = max(map(len, TOPICS))
    for topic in TOPICS:
        if (shown := page(topic)) is not None:
            yield f"  {topic:<{width}}  {shown.title}"


def _print_page(topic: str, commands: list[str]) -> None:
    """Print a page of the guide. Raises UsageError if there is none."""
    from drift.guide.pages import TOPICS, page
    from drift.guide.render import render

    shown = page(topic)
    if shown is None:
        from drift.kinds import RULES

        close = nearest(topic, [*commands, *TOPICS, *RULES])
        hint = f"; did you mean {close}?" if close else " (drift help lists them)"
        raise UsageError(f"unknown command or topic {topic!r}{hint}")
    terminal.write(render(shown.text, color=terminal.color()))
