"""`drift plan`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from drift.cli import completing
from drift.cli.options import declared, shared, take
from drift.cli.plan_options import planned, require_consistent
from drift.errors import UsageError
from drift.formats.escape import visible
from drift.output import guard, terminal
from drift.process.exit_codes import DRIFT, IN_SYNC

if TYPE_CHECKING:
    from drift.config import Target
    from drift.planning.run import Outcome

_EPILOG = """\b
Exit codes:
  0  the plan closes every finding, and its proof held; or there is nothing to close
  1  the plan leaves a finding open, waits for a decision, or is not proven
  2  could not plan: usage, configuration, import, connection, privileges, timeout
"""


@click.command(epilog=_EPILOG)
@click.argument("target", required=False, metavar="[TARGET]", shell_complete=completing.targets)
@shared
@declared
@planned
def plan(**options: Any) -> None:
    """Write the migration that makes the database as the models declare it.

    Prints the steps in an order that works, with their SQL, the locks and the work of each, and
    proves them: drift clones the live schema to a scratch server, fills it with synthetic rows, and
    runs every step. It never changes the database that it checks.

    \b
    Examples:
      drift plan production
      drift plan production --table users --format sql > users.sql
      drift plan production --allow drop --alembic --message "Close the drift"
      drift plan production --finding 5b1c44e7a8d9f012 --adopt
      drift plan production --window    # in a maintenance window: short steps, strong locks
      drift plan production --apply-check users.sql
    """
    guard.finished(lambda: _run(**options))


def _run(*, target: str | None, **options: Any) -> int:
    """Select the target, plan, prove, and write the output; return the exit code."""
    from drift.check.selection import TargetOptions, select
    from drift.planning.revisions import environment_of
    from drift.reporters import credentials

    require_consistent(options)
    publisher = _publisher(options)
    made_for = _made_for(options)
    options["targets"] = (target,) if target else ()
    settings = select(take(TargetOptions, options), credentials.known(os.environ))
    known = credentials.known(os.environ)  # with the variables of env files
    chosen = _only(settings.targets)
    if options["alembic"] or options["baseline"]:
        environment_of(chosen)  # raises: no check is made for revisions without a folder
    credentials.withhold(os.environ, settings, ())
    outcome = _outcome(chosen, settings.scratch, known, options)
    if made_for:
        return _apply_check(chosen, outcome, options["apply_check"], made_for)
    return _work(options)(chosen, outcome, options, publisher)


def _outcome(
    target: Target, scratch_url: str | None, known: Mapping[str, str], options: Mapping[str, Any]
) -> Outcome:
    """Plan, and prove the plan, with the stages on standard error."""
    from drift.output.progress import stages
    from drift.planning import run
    from drift.planning.options import PlanOptions
    from drift.scratch import Scratch

    with Scratch(scratch_url) as scratch, stages() as note:
        return run.run(
            target,
            take(PlanOptions, options),
            verify=_verify(options),
            scratch=scratch,
            environment=known,
            note=note,
        )


def _only(targets: Any) -> Target:
    """Return the target. Raises UsageError if the configuration has several."""
    if len(targets) > 1:
        names = ", ".join(target.name for target in targets)
        raise UsageError(f"a plan is for one target; name one of {names}")
    only: Target = targets[0]
    return only


def _verify(options: Mapping[str, Any]) -> bool | None:
    """Return whether the plan must be proven; None: if a server can be had.

    Anyone who finds a revision may run it: without a proof, it is only written on request.
    """
    if options["baseline"] or options["adopt"] or options["apply_check"]:
        return False
    return True if options["alembic"] and options["verify"] is None else options["verify"]


def _publisher(options: Mapping[str, Any]) -> Any:
    """Return the destinations; errors of theirs come before the work."""
    from drift.formats.plan import FORMATS
    from drift.output import destinations

    return destinations.parse(options["outputs"], options["format"], FORMATS)


Work = Callable[["Target", "Outcome", Mapping[str, Any], Any], int]


def _work(options: Mapping[str, Any]) -> Work:
    """Return the function that uses the plan."""
    works: Mapping[str, Work] = {
        "alembic": _alembic,
        "baseline": _baseline,
        "adopt": _adopt,
    }
    return next((work for name, work in works.items() if options[name]), _publish)


def _publish(target: Target, outcome: Outcome, options: Mapping[str, Any], publisher: Any) -> int:
    from drift.output.plan import publish

    del target
    publish(outcome.made.plan, outcome.proof, publisher, verbose=options["verbose"])
    return IN_SYNC if outcome.is_good else DRIFT


def _alembic(target: Target, outcome: Outcome, options: Mapping[str, Any], publisher: Any) -> int:
    from drift.planning.revisions import RevisionOptions, write

    code = _publish(target, outcome, options, publisher)
    if outcome.proof is not None and not outcome.proof.proven:
        terminal.error("no revision was written: the plan failed its proof; see above")
        return code
    for written in write(target, outcome, take(RevisionOptions, options)):
        _print(written)
    return code


def _baseline(target: Target, outcome: Outcome, options: Mapping[str, Any], publisher: Any) -> int:
    from drift.planning.revisions import RevisionOptions, baseline

    del publisher
    _print(baseline(target, outcome.made, take(RevisionOptions, options)))
    return IN_SYNC


def _print(written: Any) -> None:
    from drift.planning.revisions import shown

    for file in written.files:
        terminal.note(f"wrote {shown(file.path)}")
    for text in written.notes:
        terminal.note(text)


def _adopt(target: Target, outcome: Outcome, options: Mapping[str, Any], publisher: Any) -> int:
    from drift.planning import adoption

    del target, publisher
    made = adoption.adopt(outcome.made, outcome.made.examined.expected)
    terminal.write(adoption.text(made))
    others = list(adoption.of_migrations(outcome.made))
    for text in (*adoption.notes(made, outcome.made.plan.titles), *others):
        terminal.note(text)
    if options["write"]:
        adoption.write(made)
        for patch in made.patches:
            terminal.note(f"changed {patch.file}")
    return DRIFT if made.by_hand or others else IN_SYNC


def _made_for(options: Mapping[str, Any]) -> str:
    """Return the fingerprint in the file of --apply-check; "" without the option."""
    from drift.planning.options import fingerprint_of

    path: Path | None = options["apply_check"]
    return fingerprint_of(path) if path else ""


def _apply_check(target: Target, outcome: Outcome, path: Path, made_for: str) -> int:
    shown = visible(str(path))
    if made_for == outcome.made.plan.fingerprint:
        terminal.write(f"{shown} fits: {target.name} is as it was when the plan was made\n")
        return IN_SYNC
    terminal.write(
        f"{shown} does not fit: {target.name} has changed since the plan was made; plan again\n"
    )
    return DRIFT
