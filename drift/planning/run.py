"""Makes one plan from start to end: the check, the steps, the proof."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from drift.check.histories import Histories
from drift.check.planned import Made, planned
from drift.check.target import examine
from drift.config import Target
from drift.errors import DriftError
from drift.plan.proof import Proof
from drift.planning.options import PlanOptions
from drift.process.child import stage
from drift.scratch import Scratch
from drift.sources.interface import Note


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A plan with its proof; None: it was not asked for, or there is no scratch server."""

    made: Made
    proof: Proof | None = None

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
    planner = options.planner()
    if verify is not False:
        scratch.begin()
    stage(f"planning {target.name}")
    examined = examine(target, note=note, environment=environment, histories=Histories(scratch))
    note(f"{target.name}: planning")
    made = planned(target, examined, options.chosen(examined.report.findings), planner)
    if verify is False or not made.plan.running:
        return Outcome(made=made)
    return _proven(target, made, scratch, note, must=bool(verify))


def _proven(target: Target, made: Made, scratch: Scratch, note: Note, *, must: bool) -> Outcome:
    from drift.planning.verify import verified

    stage(f"proving the plan of {target.name}")
    try:
        return Outcome(made=made, proof=verified(target, made, scratch, note))
    except DriftError as problem:
        if must:
            raise
        remark = f"the plan was not proven: {problem}"
        plan = msgspec.structs.replace(made.plan, notes=(*made.plan.notes, remark))
        return Outcome(made=msgspec.structs.replace(made, plan=plan))
