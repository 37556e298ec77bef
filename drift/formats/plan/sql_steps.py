"""One step as a part of a script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from drift.formats.plan import words
from drift.formats.plan.sql_done import done
from drift.formats.plan.sql_layout import (
    comment,
    commented_out,
    in_one_line,
    indented,
    statement,
    tag,
    wrapped,
)
from drift.formats.plan.sql_prechecks import late_prechecks, safe, search_path
from drift.formats.plan.sql_tokens import is_opaque, literal, spelled, tokens
from drift.formats.plan.words import Numbered
from drift.plan.operation import Operation, Work
from drift.plan.step import Plan, Step

LOCK_TIMEOUT = "2s"
"""A step that waits for a lock lets others wait behind it for as long."""
PATIENT_LOCK_TIMEOUT = "1min"
"""Of steps for which no read or write waits."""
STATEMENT_TIMEOUT = "30s"
"""Of steps that read no row: one that takes longer does what the plan does not say."""

_STATIC = frozenset({"ALTER", "CREATE", "DROP", "COMMENT"})
"""PL/pgSQL runs these statements as they are."""


def script(plan: Plan, each: Numbered, *, guards: bool) -> list[str]:
    """Return the lines of a step; one that is not run is a comment."""
    step = each.step
    head = [*_head(plan, each)]
    if not step.operations:
        return head
    lines = list(transaction(plan, step, guards=guards))
    return head + (lines if step.runs else commented_out(lines))


def _head(plan: Plan, each: Numbered) -> Iterator[str]:
    step, number = each.step, each.number
    yield from comment(f"Step {number}: {words.title(step)}")
    if not step.runs:
        yield from comment(f"NOT RUN: {words.state(step)}.")
    if step.decision:
        yield from comment(f"Decision: {step.decision.question}")
        for choice in step.decision.choices:
            yield from comment(f"Choice: {choice.option} ({choice.effect})")
    for name in words.hazards(step):
        yield from comment(f"Hazard {words.hazard(name)}")
    if step.operations:
        for phrase in (*words.locks(step), words.work(plan, step)):
            yield from comment(phrase)
    for remark in step.remarks:
        yield from comment(remark)
    if each.proof and each.proof.problem:
        yield from comment(f"NOT PROVEN: {each.proof.problem}")


def transaction(plan: Plan, step: Step, *, guards: bool) -> Iterator[str]:
    """Yield the statements of a step, with the timeouts of its transaction."""
    late = list(late_prechecks(step)) if guards else []
    if not step.transactional:
        yield from _outside(plan, step, late, guards=guards)
        return
    yield "BEGIN;"
    yield f"SET LOCAL lock_timeout = '{_lock_timeout(step)}';"
    yield f"SET LOCAL statement_timeout = '{_statement_timeout(step)}';"
    yield from search_path(plan)
    yield from late
    for operation in step.operations:
        yield from _guarded(operation) if guards and done(operation) else _plain(step, operation)
    yield "COMMIT;"


def _lock_timeout(step: Step) -> str:
    return LOCK_TIMEOUT if step.waits_for_lock else PATIENT_LOCK_TIMEOUT


def _statement_timeout(step: Step) -> str:
    return STATEMENT_TIMEOUT if step.work is Work.CATALOG else "0"


def _outside(plan: Plan, step: Step, late: list[str], *, guards: bool) -> Iterator[str]:
    """Yield statements that PostgreSQL refuses in a transaction, with the session's settings.

    They have no timeout: CONCURRENTLY waits for all older transactions, while no read or write
    waits for it, and an index that is not completed has to be dropped.
    """
    if late:
        yield from ("BEGIN;", *search_path(plan), *late, "COMMIT;")
    yield "SET lock_timeout = 0;"
    yield "SET statement_timeout = 0;"
    yield from (line.replace("SET LOCAL", "SET", 1) for line in search_path(plan))
    for operation in step.operations:
        yield from _skippable(operation) if guards and done(operation) else _plain(step, operation)
    yield "RESET lock_timeout;"
    yield "RESET statement_timeout;"
    if plan.search_path:
        yield "RESET search_path;"


def _plain(step: Step, operation: Operation) -> Iterator[str]:
    """Yield a statement, after the comment that makes squawk ignore its next line."""
    excuses = {**step.excuses, **operation.excuses}
    rules = [rule for rule in excuses if _is_rule(rule)]
    if not rules:
        yield from statement(operation.sql)
        return
    for reason in dict.fromkeys(excuses.values()):
        yield from comment(reason)
    yield f"-- squawk-ignore {', '.join(rules)}"
    yield from in_one_line(operation.sql)


def _is_rule(name: str) -> bool:
    return name.replace("-", "").isalnum() and name.isascii()


def _guarded(operation: Operation) -> list[str]:
    """Return a block that runs a statement unless its condition says that it was run."""
    parts = tokens(operation.sql)
    static = not is_opaque(parts) and parts[0].text.upper() in _STATIC
    plain = spelled(parts).strip() + ";"
    if not static:
        plain = f"EXECUTE {literal(operation.sql)};"
    lines = [
        "BEGIN",
        *indented(wrapped(f"IF ({safe(done(operation))}) IS NOT TRUE THEN"), "  "),
        *indented(wrapped(plain), "    "),
        "  END IF;",
        "END",
    ]
    quote = tag(*lines)
    return [f"DO {quote}", *lines, f"{quote};"]


def _skippable(operation: Operation) -> Iterable[str]:
    """Return lines by which psql runs a statement unless its condition says that it was run."""
    condition = f"({safe(done(operation))}) IS NOT TRUE"
    return wrapped(f"SELECT {literal(operation.sql)} WHERE {condition} \\gexec")
