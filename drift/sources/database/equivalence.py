"""Tells which expressions mean the same: in come those that differ as text, out come answers.

PostgreSQL itself decides, read-only and in one round trip, as far as it can without running
anybody's code. What it is not asked about, or refuses, is compared in one spelling as text.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from drift.expressions.questions import Question, Row, printed, question
from drift.expressions.spelling import spelled
from drift.expressions.tokens import UnreadableError, quote
from drift.expressions.vocabulary import Vocabulary
from drift.kinds.domain import VALUE
from drift.kinds.sql.text import SAFE_PATH, UNPRINTED
from drift.model import Answer, Expression, Schema
from drift.sources.database.absent_types import absent_types
from drift.sources.database.pipeline import Pipeline, Reply
from drift.sources.database.sessions import Sessions

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

_SAVE, _UNDO = "SAVEPOINT drift", "ROLLBACK TO SAVEPOINT drift"
_UNKNOWN_TYPE = "42704"
_DENIED = "42501"
_TOO_DEEP = "54001"
_NOT_PRINTED = Answer(text=UNPRINTED, reason="the server could not print it", open=True)
SECONDS_EACH = 5.0
"""The longest that the server may think about one question."""


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


def ask(
    pgconn: PGconn | None,
    expressions: Iterable[Expression],
    tables: Mapping[tuple[str, str], Row],
    vocabulary: Vocabulary,
    seconds: float = 60,
) -> dict[Expression, Answer]:
    """Ask inside the open transaction; an expression that the server refuses spoils no other.

    `seconds` is for all questions together. Without a connection, which was given up, nothing is
    asked.
    """
    ordered = sorted(expressions, key=lambda e: (e.schema, e.table, e.text, e.column or ""))
    questions: dict[Expression, Question] = {}
    answers = {e: _NOT_PRINTED for e in ordered if e.text == UNPRINTED}
    ordered = [e for e in ordered if e not in answers]
    until = time.monotonic() + seconds
    for expression in ordered:
        if time.monotonic() > until:
            answers[expression] = Answer(reason="too many long expressions")
            continue
        row = tables.get((expression.schema, expression.table), {})
        try:
            questions[expression] = question(expression, row, vocabulary)
        except UnreadableError as problem:
            answers[expression] = Answer(reason=str(problem))
    if pgconn is None:
        gone = Reply(error="the connection was given up")
        answers |= {expression: _answer(expression, gone, q) for expression, q in questions.items()}
    else:
        pipeline = Pipeline(pgconn, seconds)
        outcomes = _outcomes(pipeline, questions, vocabulary.type_path, seconds)
        answers |= {e: _answer(e, outcomes[q.text], q) for e, q in questions.items()}
        deep = [e for e, q in questions.items() if outcomes[q.text].state == _TOO_DEEP]
        answers |= _opened(deep, answers)
        answers |= _settled(pipeline, questions, answers, vocabulary.time_zones)
        absent = absent_types(pipeline, questions, outcomes)
        answers |= dict.fromkeys(absent, Answer(absent=True))
    return _spelled(answers, vocabulary)


def _opened(
    deep: Sequence[Expression], answers: Mapping[Expression, Answer]
) -> dict[Expression, Answer]:
    """Leave open the expressions that are too deep for this session's stack on both sides."""
    places = Counter((e.schema, e.table, e.column) for e in deep)
    return {
        e: msgspec.structs.replace(answers[e], open=True)
        for e in deep
        if places[e.schema, e.table, e.column] > 1
    }


def _settled(
    pipeline: Pipeline,
    questions: Mapping[Expression, Question],
    answers: Mapping[Expression, Answer],
    zones: Sequence[str],
) -> dict[Expression, Answer]:
    """Settle which of the answered ones are the same in another session."""
    texts = {e: q.text for e, q in questions.items() if answers[e].text and not e.is_type}

    def read(expression: Expression, value: bytes) -> str:
        return printed(value, expression, questions[expression].types)

    sessions = Sessions(pipeline, _UNDO, texts, read)
    return sessions.settled({e: answers[e] for e in texts}, zones)


def _outcomes(
    pipeline: Pipeline,
    questions: Mapping[Expression, Question],
    type_path: Sequence[str],
    seconds: float,
) -> dict[str, Reply]:
    """Ask each question once; if one is refused, ask those after it again, each by itself.

    Questions about types have a search path of their own: the name of a type alone runs no code.
    """
    path = ", ".join(["pg_catalog", *(quote(name) for name in type_path), "pg_temp"])
    widen = f"SET LOCAL search_path = {path}"
    named = list(dict.fromkeys(q.text for e, q in questions.items() if e.is_type))
    others = list(dict.fromkeys(q.text for e, q in questions.items() if not e.is_type))
    before = [
        SAFE_PATH,
        f"SET LOCAL statement_timeout = {round(min(SECONDS_EACH, seconds) * 1000)}",
        _SAVE,
    ]
    batch = [*before, *([widen] if named else []), *named, SAFE_PATH, *others]
    found = _run(pipeline, batch)
    rest = [text for text in (*named, *others) if found[text].error]
    if rest and not pipeline.broken:
        wide = frozenset(named)
        alone = [
            step for text in rest for step in (_UNDO, *([widen] if text in wide else []), text)
        ]
        found |= _run(pipeline, [*alone, _UNDO])
    return found


def _run(pipeline: Pipeline, statements: list[str]) -> dict[str, Reply]:
    return dict(zip(statements, list(pipeline.run(statements)), strict=True))


def _answer(expression: Expression, reply: Reply, asked: Question) -> Answer:
    if expression.is_type and reply.state == _UNKNOWN_TYPE:
        return Answer()  # for sure another type than any that exists
    if reply.value is None:
        # a role that may not call a function cannot compare it: that is no difference
        return Answer(reason=reply.error, open=reply.state == _DENIED and not expression.is_type)
    calls = asked.calls
    reason = f"{calls[0]} is no call of a built-in function" if calls else None
    return Answer(text=printed(reply.value, expression, asked.types), reason=reason, calls=calls)


def _spelled(answers: dict[Expression, Answer], vocabulary: Vocabulary) -> dict[Expression, Answer]:
    """Give those without an answer a spelling of their own, or the answer of an equal spelling."""
    tables = {(e.schema, e.table) for e, answer in answers.items() if answer.text is None}
    known = {
        (e.schema, e.table, e.column, _spelling(e, vocabulary)): answer.text
        for e, answer in answers.items()
        if answer.text is not None and (e.schema, e.table) in tables
    }
    for expression, answer in answers.items():
        if answer.text is None:
            spelling = _spelling(expression, vocabulary)
            key = expression.schema, expression.table, expression.column, spelling
            answers[expression] = msgspec.structs.replace(answer, text=known.get(key, spelling))
    return answers


def _spelling(expression: Expression, vocabulary: Vocabulary) -> str:
    if not expression.is_type:
        return spelled(expression.text, vocabulary.path, vocabulary.operators)
    return re.sub(r"\([^()]*\)", lambda inside: inside[0].lower(), expression.text)
