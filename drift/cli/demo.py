"""`drift demo`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import click
from msgspec.structs import replace

from drift.cli.options import verbose
from drift.output import terminal
from drift.process.exit_codes import DRIFT, IN_SYNC

if TYPE_CHECKING:
    from drift.config import Target
    from drift.output.progress import Progress
    from drift.report.finding import Finding
    from drift.report.report import Report
    from drift.scratch import Scratch


@click.command()
@click.option("--causes", is_flag=True, help="Find the cause of each difference.")
@click.option(
    "--plan", is_flag=True, help="Plan the steps that close all differences, and prove them."
)
@click.option("--keep", is_flag=True, help="Keep the server running, and print how to use it.")
@verbose("Show progress and every changed attribute.")
def demo(**options: Any) -> None:
    """Check an example database with a bundled PostgreSQL.

    Starts a temporary server, creates a copy of a real production database, compares it with its
    models, and deletes everything. Exits with 1, like every check that finds drift; with --plan,
    with 0 if the plan is proven.

    \b
    Examples:
      drift demo
      drift demo --causes
      drift demo --plan
      drift demo --keep
    """
    raise SystemExit(_run(**options))


def _run(*, causes: bool, plan: bool, keep: bool, verbose: bool) -> int:
    """Check the example database on a temporary server, or plan; return the exit code."""
    from drift.config import Migrations, Target
    from drift.demo import MIGRATIONS, production
    from drift.output.progress import progress
    from drift.scratch import Scratch

    terminal.note("starting the bundled PostgreSQL in a temporary folder")
    with production(keep=keep) as url, progress(1) as observer, Scratch() as scratch:
        target = Target(
            name="production",
            database=url,
            models=("drift.demo.models:Base",),
            migrations=Migrations(config=MIGRATIONS),
            causes=causes,
        )
        if plan:
            code = _plan(target, scratch, verbose=verbose)
        else:
            code = _check(target, observer, scratch, verbose=verbose)
        if keep:
            _print_next_steps(url)
    return code


def _check(target: Target, observer: Progress, scratch: Scratch, *, verbose: bool) -> int:
    from drift.check import targets
    from drift.formats.options import Options
    from drift.formats.text.report import render
    from drift.model import Severity
    from drift.output.exit_code import exit_code

    report = _relative(targets.run([target], observer, scratch=scratch))
    options = Options(
        width=terminal.width(), color=terminal.color(), verbose=verbose, plan="drift demo --plan"
    )
    terminal.write(render(report, options))
    return exit_code(report, Severity.WARNING)


def _relative(report: Report) -> Report:
    """Return the report with the models' files from the package on, wherever it is installed."""
    import drift

    root = Path(drift.__file__).resolve().parent.parent

    def short(finding: Finding) -> Finding:
        if finding.location is None:
            return finding
        file = Path(finding.location.file).resolve()
        if not file.is_relative_to(root):
            return finding
        shown = file.relative_to(root).as_posix()
        return replace(finding, location=replace(finding.location, file=shown))

    checks = tuple(
        replace(
            check,
            findings=tuple(map(short, check.findings)),
            remarks=tuple(map(short, check.remarks)),
        )
        for check in report.checks
    )
    return replace(report, checks=checks)


_ANSWERS = ("public.users.id", "public.batches.id", "public.batches.user_id")
"""The columns whose values are expected to fit into a shorter type."""


def _plan(target: Target, scratch: Scratch, *, verbose: bool) -> int:
    """Plan with the answers that a person would give, and prove the plan."""
    from drift.output.plan import publish
    from drift.output.progress import stages
    from drift.planning import run
    from drift.planning.options import PlanOptions

    options = PlanOptions(allow=("drop",), decide=[f"{name}=convert" for name in _ANSWERS])
    with stages() as note:
        outcome = run.run(target, options, verify=True, scratch=scratch, environment={}, note=note)
    publish(outcome.made.plan, outcome.proof, ("text", ()), verbose=verbose)
    return IN_SYNC if outcome.is_good else DRIFT


def _print_next_steps(url: str) -> None:
    home = unquote(url.partition("host=")[2].partition("&")[0])
    sys.stderr.write(f"""
The server is still running. Try next:
  drift show users --database '{url}'
  drift check --database '{url}' --models drift.demo.models:Base --format json
  psql '{url}'

Stop and delete it with:
  kill -QUIT $(head -1 {home}/data/postmaster.pid); rm -r {home}
""")
