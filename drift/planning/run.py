"""Makes one plan from start to end: the check, the steps, the proof."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from drift.check.histories import Histories
from drift.check.planned import Made, planned
from drift.check.target import examine
from drift.config import Target
from drift.errors import DriftError, UsageError
from drift.plan.proof import Proof
from drift.plan.step import Plan
from drift.planning.notes import with_notes
from drift.planning.options import Answers, PlanOptions, decisions
from drift.planning.unmigrated import is_unmigrated, with_unmigrated
from drift.process.child import stage
from drift.scratch import Scratch
from drift.sources.interface import Note


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A plan with its proof; None: it was not asked for, or there is no scratch server.

    `unmigrated` creates the objects that no migration creates, in revisions before the plan's.
    """

    made: Made
    proof: Proof | None = None
    unmigrated: Plan | None = None

    @property
    def is_good(self) -> bool:
        """Whether the plan closes every finding, and no part of its proof failed."""
        return self.made.plan.complete and (self.proof is None or self.proof.proven)


def run(  # noqa: PLR0913 — those of a check, and the options
    target: Target,
    options: PlanOptions,
    *,
    verify: bool | None,
    scratch: Scratch,
    environment: Mapping[str, str],
    note: Note,
) -> Outcome:
    """Check a target, plan the steps, and prove them. Raises DriftError.

    `verify` None: the plan is proven if a scratch server can be had. The server is started while
    the target is checked.
    """
    answers = Answers(decisions(options.decide))
    planner = options.planner(answers)
    if verify is not False:
        scratch.begin()
    stage(f"planning {target.name}")
    examined = examine(target, note=note, environment=environment, histories=Histories(scratch))
    note(f"{target.name}: planning")
    chosen = options.chosen(examined)
    later = [finding for finding in chosen if options.alembic and is_unmigrated(finding)]
    rest = [finding for finding in chosen if finding not in later]
    made = with_notes(planned(target, examined, rest, planner))
    unmigrated = None
    if later:
        made, unmigrated = with_unmigrated(made, later, answers)
    answers.require_asked()
    outcome = Outcome(made=made, unmigrated=unmigrated)
    if verify is False or not made.plan.running:
        return outcome
    return _proven(target, outcome, scratch, note, options, must=bool(verify))


_SERVER = (
    "a proof needs a PostgreSQL to try the plan on: install sqlalchemy-drift[demo], or set "
    "scratch: in drift.yaml; "
)
_UNPROVEN = "--no-verify writes a revision without a proof"


def _proven(  # noqa: PLR0913 — those of a run
    target: Target,
    outcome: Outcome,
    scratch: Scratch,
    note: Note,
    options: PlanOptions,
    *,
    must: bool,
) -> Outcome:
    from drift.planning.verify import verified

    stage(f"proving the plan of {target.name}")
    made = outcome.made
    try:
        proof = verified(target, made, scratch, note)
    except DriftError as problem:
        if must and options.alembic:
            server = _SERVER if scratch.is_missing else ""
            reason = f"no revision was written: {problem}; {server}{_UNPROVEN}"
            raise UsageError(reason) from None
        if must:
            raise
        remark = f"the plan was not proven: {problem}"
        plan = replace(made.plan, notes=(*made.plan.notes, remark))
        return replace(outcome, made=replace(made, plan=plan))
    return replace(outcome, proof=proof)
