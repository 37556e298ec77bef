"""`drift rules`."""

from __future__ import annotations

import click

from drift.cli import completing
from drift.output import terminal


@click.command()
@click.argument("rule", required=False, metavar="[RULE]", shell_complete=completing.rules)
def rules(rule: str | None) -> None:
    """Explain the rules: meaning, impact and fix.

    \b
    Examples:
      drift rules
      drift rules missing-column
      drift rules "extra-*"
    """
    from drift.formats.listing import render_rules
    from drift.formats.options import Options
    from drift.kinds import RULES

    options = Options(width=terminal.width(), color=terminal.color())
    terminal.write(render_rules(RULES, rule, options))
