"""Proves a plan: clone, rows, every step twice, the check again, and the way back.

Then, on a copy of the clone, rows that the prechecks must find.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import msgspec
import psycopg

from drift.errors import DatabaseError
from drift.model import Schema
from drift.plan.proof import Proof
from drift.plan.step import Plan
from drift.plan.surroundings import Extension, Surroundings
from drift.proof.dump import Dump
from drift.proof.run import CheckAgain, Expectation, Run
from drift.proof.sandbox import Sandboxes, failure, refused
from drift.scratch import Scratch


def prove(  # noqa: PLR0913 — the parts of a proof, by their names
    plan: Plan,
    live: Schema,
    surroundings: Surroundings,
    *,
    scratch: Scratch,
    check_again: CheckAgain,
    expectation: Expectation | None = None,
    extensions: Iterable[str] = (),
    dump: Dump | None = None,
    note: Callable[[str], None] = lambda _: None,
    seconds: float = 120,
) -> Proof:
    """Run the plan on a clone of the live schema.

    `extensions` are created in `public` if the surroundings do not say where they are. With `dump`,
    pg_dump reads the schema, which takes locks on the live tables. After
    `seconds`, all that still runs is ended. Raises DatabaseError if the scratch server cannot be
    used at all.
    """
    start = time.monotonic()
    with Sandboxes(scratch, seconds) as sandboxes:
        proof = Run(plan, live, _with_extensions(surroundings, extensions), sandboxes)
        proof.check_again, proof.expectation = check_again, expectation
        proof.dump, proof.note = dump, note
        try:
            proof.run()
        except psycopg.Error as problem:
            if not proof.is_cloned:
                raise refused(problem) from None
            late = f"it took longer than {seconds:.0f} s" if sandboxes.is_over else ""
            proof.problems.append(f"the proof was not finished: {late or failure(problem)}")
        except DatabaseError:
            if not sandboxes.is_over:
                raise
            proof.problems.append(
                f"the proof was not finished: it took longer than {seconds:.0f} s"
            )
    return proof.outcome(time.monotonic() - start)


def _with_extensions(surroundings: Surroundings, names: Iterable[str]) -> Surroundings:
    known = {extension.name for extension in surroundings.extensions}
    more = [Extension(schema="public", name=name) for name in names if name not in known]
    return msgspec.structs.replace(surroundings, extensions=(*surroundings.extensions, *more))
