"""Asks PostgreSQL how it understands expressions: two that print alike mean the same.

`EXPLAIN (VERBOSE)` of a SELECT over a made-up row, typed like the table's, prints an expression
after parsing, coercion and constant folding. Nothing is executed, no table is touched and no
right on one is needed. All expressions travel in one round trip.
"""

from __future__ import annotations

import re
import selectors
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from drift.kinds import types
from drift.kinds.domain import VALUE
from drift.model import Answer, Expression, Schema

PIPELINE_SYNC, FATAL_ERROR, TUPLES_OK = 10, 7, 2
"""`ExecStatusType` of libpq."""

Row = Mapping[str, str]
"""The columns of a table with their types."""


class PGconn(Protocol):
    """What is used of libpq's connection, as `psycopg.pq` wraps it."""

    @property
    def socket(self) -> int: ...

    def enter_pipeline_mode(self) -> None: ...
    def exit_pipeline_mode(self) -> None: ...
    def send_query_params(self, command: bytes, param_values: None) -> None: ...
    def pipeline_sync(self) -> None: ...
    def is_busy(self) -> int: ...
    def consume_input(self) -> None: ...
    def get_result(self) -> Any: ...


def rows(declared: Schema, live: Schema) -> dict[tuple[str, str], dict[str, str]]:
    """Return the columns of every table, the live type where there is one."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema in (declared, live):
        for column in schema.objects.get("column", ()):
            row = found.setdefault((column.schema, column.table or ""), {})
            row[column.name or ""] = column.type
        for domain in schema.objects.get("domain", ()):
            found[domain.schema, domain.name or ""] = {VALUE: domain.type}
    return found


def opened(text: str, closed: Sequence[str]) -> str:
    """Put `text` in place of types whose schema is closed to the role, in types and expressions.

    Both sides are changed alike, so that what means the same still prints the same.
    """
    for schema in closed:
        name = rf"{re.escape(types.quote(schema))}\.(?:\"(?:[^\"]|\"\")+\"|\w+)"
        text = re.sub(rf"('(?:[^']|'')*')|{name}", lambda match: match[1] or "text", text)
    return text


ALIAS = "drift"
"""Stands for a table that no expression names, so that tables can share their questions."""


def explain(expression: Expression, row: Row, alias: str) -> str:
    """Return the statement that prints one expression.

    Only columns whose names occur in the text are in the row, under the table's name or an alias.
    """
    text = f"({expression.text}\n)"
    if expression.column is not None and expression.column in row:
        text = f"CAST({text} AS {row[expression.column]})"
    words = expression.text.replace('""', '"').lower()
    used = [name for name in row if name.lower() in words] or list(row)[:1]
    columns = ", ".join(f"{_quoted(name)} {row[name]}" for name in used) or "x integer"
    return (
        f"EXPLAIN (VERBOSE, FORMAT JSON, COSTS OFF) SELECT {text} AS x "
        f"FROM pg_catalog.json_to_record('{{}}') AS {_quoted(alias)}({columns})"
    )


def ask(
    pgconn: PGconn,
    expressions: Iterable[Expression],
    tables: Mapping[tuple[str, str], Row],
    search_path: Sequence[str],
    closed: Sequence[str] = (),
) -> dict[Expression, Answer]:
    """Ask inside the open transaction; an expression that the server refuses spoils no other.

    `closed` are the schemas that the role may not use.
    """
    ordered = sorted(expressions, key=lambda e: (e.schema, e.table, e.text, e.column or ""))
    if not ordered:
        return {}
    path = ", ".join(map(_quoted, search_path)) or "''"
    named = {(e.schema, e.table) for e in ordered if e.table.lower() in e.text.lower()}
    questions = {}
    for expression in ordered:
        place = expression.schema, expression.table
        alias = expression.table if place in named else ALIAS
        text = explain(expression, tables.get(place, {}), alias)
        questions[expression] = opened(text, closed)
    outcomes = _outcomes(pgconn, path, list(dict.fromkeys(questions.values())))
    return {e: answer(e, *outcomes[question]) for e, question in questions.items()}


def _outcomes(
    pgconn: PGconn, path: str, questions: list[str]
) -> dict[str, tuple[bytes | None, str]]:
    """Ask each question once; where one is refused, those after it again, each by itself."""
    first = [f"SET LOCAL search_path = {path}", "SAVEPOINT drift"]
    answers = list(_pipeline(pgconn, [*first, *questions]))[2:]
    found = dict(zip(questions, answers, strict=True))
    refused = next((n for n, (_, error) in enumerate(answers) if error), len(questions))
    rest = questions[refused:]
    alone = [text for question in rest for text in ("ROLLBACK TO SAVEPOINT drift", question)]
    if alone:
        alone.append("ROLLBACK TO SAVEPOINT drift")
        found |= zip(rest, list(_pipeline(pgconn, alone))[1::2], strict=True)
    return found


def _pipeline(pgconn: PGconn, statements: list[str]) -> Iterator[tuple[bytes | None, str]]:
    """Send all statements at once; yield each one's first value and its error, in order."""
    pgconn.enter_pipeline_mode()
    for text in statements:
        pgconn.send_query_params(text.encode(), None)
        pgconn.pipeline_sync()
    for _ in statements:
        yield _outcome(pgconn)
    pgconn.exit_pipeline_mode()


def _outcome(pgconn: PGconn) -> tuple[bytes | None, str]:
    value, error = None, ""
    while True:
        while pgconn.is_busy():
            with selectors.DefaultSelector() as selector:
                selector.register(pgconn.socket, selectors.EVENT_READ)
                selector.select()
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            continue
        if result.status == PIPELINE_SYNC:
            return value, error
        if result.status == FATAL_ERROR:
            error = result.error_message.decode("utf-8", "replace")
        elif result.status == TUPLES_OK:
            value = result.get_value(0, 0)


def answer(expression: Expression, document: bytes | None, error: str) -> Answer:
    """Read the printed expression out of a plan, or the reason why there is none."""
    if document is None:
        first = (error.strip().splitlines() or ["the server gave no answer"])[0]
        return Answer(reason=re.sub(r"^ERROR:\s*", "", first))
    plan = msgspec.json.decode(document)[0]["Plan"]
    return Answer(text=canonical(plan["Output"][0], expression.text))


_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_NOW = (
    (re.compile(r"\bCURRENT_TIMESTAMP\b(?!\()"), "now()"),
    (re.compile(r"\btransaction_timestamp\(\)"), "now()"),
    (re.compile(r"\bLOCALTIMESTAMP\b(?!\()"), "(now())::timestamp without time zone"),
    (re.compile(r"\bCURRENT_DATE\b"), "(now())::date"),
    (re.compile(r"\bCURRENT_ROLE\b"), "CURRENT_USER"),
    (re.compile(r"\bCURRENT_CATALOG\b"), "current_database()"),
)
_COLLATE = re.compile(r"\bCOLLATE\s+([\w.\"]+)", re.IGNORECASE)


def canonical(printed: str, source: str) -> str:
    """Bring a printed expression to one spelling.

    The planner drops COLLATE from what it prints, so that the source's collations are added.
    """
    pieces = _QUOTED.split(printed)
    quoted = _QUOTED.findall(printed)
    for pattern, replacement in _NOW:
        pieces = [pattern.sub(replacement, piece) for piece in pieces]
    text = "".join(piece + mark for piece, mark in zip(pieces, [*quoted, ""], strict=True))
    outside = _QUOTED.sub(lambda match: match[0] if match[0][0] == '"' else "''", source)
    collations = sorted(types.split(name)[-1] for name in _COLLATE.findall(outside))
    collations = [name for name in collations if name != "default"]
    return text + "".join(f" COLLATE {name}" for name in collations)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
