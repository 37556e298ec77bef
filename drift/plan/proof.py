"""The outcome of running a plan on a clone of the live schema: data, which formats print."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from drift.plan.operation import Lock, TableName, Work


class StepProof(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one step on the clone.

    `locks` and `work` were measured. `problem` is the sentence that says why the step is not
    proven: it failed, it took a stronger lock or did more work than the plan says, or it could not
    be run twice.
    """

    title: str
    locks: Mapping[TableName, Lock] = {}
    work: Work = Work.CATALOG
    problem: str = ""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome for the whole plan; it is proven if there are no `problems`.

    `problems` has those of the steps, too. `caught` are the prechecks that stopped the plan when a
    row broke them. `rows` counts the synthetic rows. `clone` names the source of the clone.
    `downgrade` says whether the steps back were run, and why not.
    """

    server_version: str
    clone: str
    steps: tuple[StepProof, ...] = ()
    problems: tuple[str, ...] = ()
    caught: tuple[str, ...] = ()
    rows: int = 0
    downgrade: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def proven(self) -> bool:
        """Whether every part of the proof held."""
        return not self.problems
