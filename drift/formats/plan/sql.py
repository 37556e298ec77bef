"""The plan as a file for psql that can be run again from the top after a failure."""

from __future__ import annotations

from collections.abc import Iterator

from drift.formats.options import Options
from drift.formats.plan import fingerprint, words
from drift.formats.plan.sql_layout import comment, commented_out
from drift.formats.plan.sql_prechecks import early_prechecks
from drift.formats.plan.sql_steps import script, transaction
from drift.plan.proof import Proof
from drift.plan.step import Plan

_HOW_TO_RUN = (
    "Run it with psql -v ON_ERROR_STOP=1 -f FILE, as the owner of the tables.",
    "It stops at the first error, for example at a lock timeout. Then run the whole file again: "
    "statements that were run before are skipped or change nothing.",
)
_DIRECT = (
    "Steps outside of transactions: {}. They need a connection to the server itself, not to a "
    "PgBouncer in transaction mode."
)
STOP = f"DO $$ BEGIN RAISE EXCEPTION '{words.FAILED}'; END $$;"
_SESSION = (
    "\\set ON_ERROR_STOP on",
    "SET client_encoding = 'UTF8';",
    "SET standard_conforming_strings = on;",
)
"""A backslash in a text must not quote the character after it: names are data."""


def render(plan: Plan, proof: Proof | None, options: Options) -> str:
    """Return the file; it is not wider than its comments, whatever the terminal."""
    return render_sql(plan, proof)


def render_sql(plan: Plan, proof: Proof | None = None, *, guards: bool = True) -> str:
    """Return the file; without `guards` it has only plain statements, as linters read them.

    `guards` are the prechecks, and the conditions by which statements are not run twice.
    """
    lines = [*_head(plan, proof), ""]
    if guards:
        lines += [*_SESSION, "", *_stopped(proof), *early_prechecks(plan)]
    for each in words.numbered(plan, proof):
        lines += [*script(plan, each, guards=guards), ""]
    lines += _steps_back(plan)
    return "\n".join(lines).rstrip("\n") + "\n"


def _stopped(proof: Proof | None) -> Iterator[str]:
    """Yield a statement that fails if the proof did: a plan that is known to be wrong must not run.

    An error ends the script of any client that sends it as a whole, and psql by ON_ERROR_STOP.
    """
    if proof and not proof.proven:
        yield from comment("Remove this statement only to look for the reason on a copy.")
        yield STOP
        yield ""


def _head(plan: Plan, proof: Proof | None) -> Iterator[str]:
    yield f"-- {fingerprint.line(plan)}"
    yield "--"
    if warning := words.warning(proof):
        yield from comment(f"NOT PROVEN: {warning}")
    yield from comment(f"Migration of {plan.target}: {words.headline(plan)}.")
    yield from comment(f"Proof: {words.outcome(plan, proof)}.")
    for problem in proof.problems if proof else ():
        yield from comment(f"Problem: {problem}")
    for reason in words.missing(plan):
        yield from comment(f"Not complete: {reason}")
    for remark in words.remarks(plan, proof):
        yield from comment(f"Note: {remark}")
    yield "--"
    for sentence in _HOW_TO_RUN:
        yield from comment(sentence)
    outside = [
        str(number)
        for number, step in enumerate(plan.steps, 1)
        if step.runs and not step.transactional
    ]
    if outside:
        yield from comment(_DIRECT.format(", ".join(outside)))


def _steps_back(plan: Plan) -> Iterator[str]:
    """Yield the steps back as comments."""
    if not plan.downgrade and not plan.irreversible:
        return
    yield from comment("The steps back. This file does not run them.")
    for reason in plan.irreversible:
        yield from comment(f"Cannot be taken back: {reason}")
    for step in plan.downgrade:
        yield "--"
        yield from comment(words.title(step))
        yield from commented_out(transaction(plan, step, guards=True))
