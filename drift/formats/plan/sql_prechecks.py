"""Prechecks as DO blocks, which stop a script before anything changes."""

from __future__ import annotations

from collections.abc import Iterator

from drift.formats.plan.sql_done import all_done
from drift.formats.plan.sql_layout import comment, indented, tag, wrapped
from drift.formats.plan.sql_tokens import literal, spelled, tokens
from drift.plan.step import Plan, Precheck, Step

EXAMPLES = 3
"""Violations that the error shows."""


def early_prechecks(plan: Plan) -> Iterator[str]:
    """Yield the queries that can be run before the first step, each once."""
    blocks: dict[Precheck, list[Step]] = {}
    for step in plan.running:
        for check in step.prechecks:
            if check.early:
                blocks.setdefault(check, []).append(step)
    if not blocks:
        return
    yield from comment("Prechecks: they change nothing, and stop this file if a step would fail.")
    yield "BEGIN;"
    yield from search_path(plan)
    for check, steps in blocks.items():
        yield from precheck(check, all_done(steps))
    yield "COMMIT;"
    yield ""


def late_prechecks(step: Step) -> Iterator[str]:
    """Yield the queries that need objects which earlier steps have made."""
    for check in step.prechecks:
        if not check.early:
            yield from precheck(check, all_done([step]))


def search_path(plan: Plan) -> Iterator[str]:
    """Yield the search path of a transaction, so that a pooled session keeps its own."""
    if plan.search_path:
        yield f"SET LOCAL search_path = {', '.join(map(literal, plan.search_path))};"


def precheck(check: Precheck, done: str = "") -> list[str]:
    """Return a block that raises an error with the number of violations, and examples.

    It is skipped if the condition `done` holds: the query may be about an object that
    a step replaced.
    """
    value = "left(regexp_replace(value::text, '[[:cntrl:]]', '?', 'g'), 100) AS value"
    query = [
        "SELECT count(*), string_agg(value, ', ' ORDER BY number)",
        f"    FILTER (WHERE number <= {EXAMPLES})",
        "  INTO violations, examples",
        f"  FROM (SELECT {value},",
        "      row_number() OVER () AS number",
        "    FROM (",
        *indented(_query(check.query), " " * 6),
        "    ) AS violation (value)) AS numbered;",
        "IF violations > 0 THEN",
        "  RAISE EXCEPTION USING ERRCODE = 'check_violation',",
        f"    MESSAGE = {literal(check.problem)} || ' (violations: ' || violations || ')',",
        "    DETAIL = 'For example: ' || coalesce(examples, 'NULL');",
        "END IF;",
    ]
    if done:
        query = [*wrapped(f"IF ({safe(done)}) IS NOT TRUE THEN"), *indented(query, "  "), "END IF;"]
    body = [
        "#variable_conflict use_column",
        "DECLARE",
        "  violations bigint;",
        "  examples text;",
        "BEGIN",
        *indented(query, "  "),
        "END",
    ]
    quote = tag(*body)
    return [*comment(check.problem), f"DO {quote}", *body, f"{quote};"]


def _query(query: str) -> list[str]:
    return wrapped(spelled(tokens(query)).strip(), 90)


def safe(condition: str) -> str:
    """Return a condition for a DO block."""
    return spelled(tokens(condition)).strip()
