"""The options of `drift plan`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from drift.cli import completing
from drift.cli.options import Filled
from drift.errors import UsageError
from drift.formats.plan import FORMATS

_HAZARDS = ("drop", "rewrite", "window", "data-loss")

_CHOSEN = (
    click.option(
        "--connect-timeout",
        cls=Filled,
        metavar="TIME",
        help="Time limit for connecting, including retries: 10s, 500ms, 2m.  [default: the "
        "configuration's, or 10s]",
    ),
    click.option(
        "--causes",
        is_flag=True,
        help="Find the cause of each difference first: one that a pending migration closes needs "
        "no other migration.",
    ),
    click.option(
        "--table",
        "tables",
        cls=Filled,
        multiple=True,
        metavar="NAME",
        help="Close only the differences of this table: NAME, SCHEMA.NAME or a pattern; "
        "repeatable.",
    ),
    click.option(
        "--rule",
        "rules",
        cls=Filled,
        shell_complete=completing.rules,
        multiple=True,
        metavar="RULE",
        help="Close only the differences of this rule, or of a pattern. Repeatable.",
    ),
    click.option(
        "--finding",
        "findings",
        cls=Filled,
        multiple=True,
        metavar="FINGERPRINT",
        help="Close only this difference, by its fingerprint in reports. Repeatable.",
    ),
)
_WAYS = (
    click.option(
        "--small",
        cls=Filled,
        metavar="SIZE",
        help="Size below which a table is changed the short way, under a strong lock.  "
        "[default: 10MB]",
    ),
    click.option(
        "--window",
        is_flag=True,
        help="Change every table the short way, for a maintenance window.",
    ),
    click.option(
        "--allow",
        type=click.Choice(_HAZARDS),
        multiple=True,
        help="Run the steps of this hazard, too, instead of commenting them out. Repeatable.",
    ),
    click.option(
        "--decide",
        cls=Filled,
        multiple=True,
        metavar="KEY=ANSWER",
        help="Answer a question of the plan, such as the value for old rows. Repeatable.",
    ),
    click.option(
        "--verify/--no-verify",
        default=None,
        help="Prove the plan on a scratch server.  [default: if a server can be had; always with "
        "--alembic]",
    ),
)
_WRITTEN = (
    click.option(
        "--format",
        type=click.Choice(list(FORMATS)),
        default="text",
        show_default=True,
        help="Format of the plan on standard output.",
    ),
    click.option(
        "--output",
        "outputs",
        cls=Filled,
        multiple=True,
        metavar="FORMAT=PATH",
        help="File to write the plan to; - is standard output. Repeatable.",
    ),
    click.option(
        "--alembic",
        is_flag=True,
        help="Write the plan as revisions into the project's versions folder.",
    ),
    click.option(
        "--baseline",
        is_flag=True,
        help="Write a first revision that creates all that is live, for a project without any.",
    ),
    click.option(
        "-m", "--message", cls=Filled, metavar="TEXT", help="Message of the new revisions."
    ),
    click.option(
        "--head", cls=Filled, metavar="REVISION", help="Head that the new revisions follow."
    ),
    click.option(
        "--adopt",
        is_flag=True,
        help="Print a patch that lets the models accept the live schema.",
    ),
    click.option("--write", is_flag=True, help="Apply the patch of --adopt to the files."),
    click.option(
        "--apply-check",
        cls=Filled,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Only check that the plan in FILE fits the database as it is now.",
    ),
)


def planned(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options."""
    for option in reversed((*_CHOSEN, *_WAYS, *_WRITTEN)):
        command = option(command)
    return command


_KINDS = ("alembic", "baseline", "adopt", "apply_check")
"""Options that choose the product; each excludes the others."""
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "write": ("adopt",),
    "message": ("alembic", "baseline"),
    "head": ("alembic",),
}
"""Options with those that they need: without one of these they would have no effect."""
_WITHOUT_PLAN = ("baseline", "adopt", "apply_check")


def require_consistent(options: Mapping[str, Any]) -> None:
    """Raise UsageError for options that exclude each other, or have no effect."""
    given = [name for name in _KINDS if options[name]]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(map(_flag, given))} exclude each other; give one of them")
    for name, needed in _NEEDED.items():
        if options[name] and not set(needed) & set(given):
            raise UsageError(f"{_flag(name)} needs {' or '.join(map(_flag, needed))}")
    if not set(_WITHOUT_PLAN).isdisjoint(given):
        _require_no_plan(options, _flag(given[0]))


def _require_no_plan(options: Mapping[str, Any], kind: str) -> None:
    """Raise UsageError for options of a plan that is not made."""
    unused = {
        "--output": options["outputs"],
        "--format": options["format"] != "text",
        "--verify": options["verify"],
        "--decide": options["decide"],
    }
    for name, is_given in unused.items():
        if is_given:
            raise UsageError(f"{name} has no effect with {kind}, which prints no plan; remove it")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
