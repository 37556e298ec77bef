"""Finds expressions that mean the same: those that differ as text in, answers out.

PostgreSQL itself decides, read-only and in one round trip, as far as it can without running code of
users. Expressions that it is not asked about, or refuses, are compared in one spelling as text.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from drift.expressions.questions import Question, Questions, Row, printed
from drift.expressions.spelling import spelled
from drift.expressions.tokens import UnreadableError, quote
from drift.expressions.vocabulary import Vocabulary
from drift.kinds.domain import VALUE
from drift.kinds.sql import types
from drift.kinds.sql.text import SAFE_PATH, UNPRINTED, string_literal
from drift.model import Answer, Expression, Schema
from drift.sources.database.pipeline import Asking, Reply
from drift.sources.database.time_literals import settle

_SAVE, _UNDO = "SAVEPOINT drift", "ROLLBACK TO SAVEPOINT drift"
_UNDEFINED_TYPE = "42704"
_UNDEFINED_SCHEMA = "3F000"
_DENIED = "42501"
_TOO_DEEP = "54001"
_NOT_PRINTED = Answer(text=UNPRINTED, reason="the server could not print it", open=True)
SECONDS_EACH = 5.0
"""Seconds that the server may take for one question."""


def rows(declared: Schema, live: Schema) -> dict[tuple[str, str], dict[str, str]]:
    """Return the columns of every table with their types: the live ones if there are both."""
    columns_of: dict[tuple[str, str], dict[str, str]] = {}
    for schema in (declared, live):
        for table, types_ in schema.column_types.items():
            columns_of.setdefault(table, {}).update(types_)
        for domain in schema.objects.get("domain", ()):
            columns_of[domain.schema, domain.name or ""] = {VALUE: domain.type}
    return columns_of


def ask(
    asking: Asking,
    expressions: Iterable[Expression],
    tables: Mapping[tuple[str, str], Row],
    vocabulary: Vocabulary,
    seconds: float = 60,
) -> dict[Expression, Answer]:
    """Ask inside the open transaction; an expression that the server refuses spoils no other.

    `seconds` is for all questions together.
    """
    questions, answers = _questions(expressions, tables, vocabulary, seconds)
    replies = _replies(asking, questions, vocabulary.type_path, seconds)
    answers |= {e: _answer(e, replies[e], q) for e, q in questions.items()}
    answers |= _too_deep_on_both_sides(replies, answers)
    answered = {e: answers[e] for e in questions if answers[e].text and not e.is_type}
    answers |= settle(
        answered, vocabulary.time_zones, lambda *asked: _ask_under(asking, questions, *asked)
    )
    answers |= dict.fromkeys(_absent_types(asking, replies), Answer(absent=True))
    return _with_spellings(answers, vocabulary)


def _questions(
    expressions: Iterable[Expression],
    tables: Mapping[tuple[str, str], Row],
    vocabulary: Vocabulary,
    seconds: float,
) -> tuple[dict[Expression, Question], dict[Expression, Answer]]:
    """Return the questions, and the answers about expressions that cannot be asked."""
    questions: dict[Expression, Question] = {}
    answers: dict[Expression, Answer] = {}
    made, until = Questions(vocabulary), time.monotonic() + seconds
    ordered = sorted(expressions, key=lambda e: (e.schema, e.table, e.text, e.column or ""))
    for expression in ordered:
        row = tables.get((expression.schema, expression.table), {})
        if expression.text == UNPRINTED:
            answers[expression] = _NOT_PRINTED
        elif time.monotonic() > until:
            answers[expression] = Answer(reason="too many long expressions")
        else:
            try:
                questions[expression] = made.of(expression, row)
            except UnreadableError as problem:
                answers[expression] = Answer(reason=str(problem))
    return questions, answers


def _replies(
    asking: Asking,
    questions: Mapping[Expression, Question],
    type_path: Sequence[str],
    seconds: float,
) -> dict[Expression, Reply]:
    """Ask each question once; if one is refused, ask those after it again, each by itself.

    A refusal aborts the transaction, so that everything after it is refused too. Questions about
    types have a search path of their own: the name of a type alone runs no code.
    """
    path = ", ".join(["pg_catalog", *(quote(name) for name in type_path), "pg_temp"])
    widen = f"SET LOCAL search_path = {path}"
    timeout = f"SET LOCAL statement_timeout = {round(min(SECONDS_EACH, seconds) * 1000)}"
    of_types = dict.fromkeys(q.text for e, q in questions.items() if e.is_type)
    others = dict.fromkeys(q.text for e, q in questions.items() if not e.is_type)
    widened = [widen, *of_types] if of_types else []
    replies = asking.run_each([SAFE_PATH, timeout, _SAVE, *widened, SAFE_PATH, *others])
    refused = [text for text in (*of_types, *others) if replies[text].error]
    if refused and not asking.broken:
        alone: list[str] = []
        for text in refused:
            alone += [_UNDO, widen, text] if text in of_types else [_UNDO, text]
        replies |= asking.run_each([*alone, _UNDO])
    return {expression: replies[asked.text] for expression, asked in questions.items()}


def _answer(expression: Expression, reply: Reply, asked: Question) -> Answer:
    if expression.is_type and reply.state == _UNDEFINED_TYPE:
        return Answer()  # certainly different from every existing type
    if reply.value is None:
        # a role that may not call a function cannot compare it: that is not a difference
        return Answer(reason=reply.error, open=reply.state == _DENIED and not expression.is_type)
    calls = asked.calls
    reason = f"{calls[0]} does not call a built-in function" if calls else None
    return Answer(text=printed(reply.value, expression, asked.types), reason=reason, calls=calls)


def _too_deep_on_both_sides(
    replies: Mapping[Expression, Reply], answers: Mapping[Expression, Answer]
) -> dict[Expression, Answer]:
    """Leave open the expressions that are too deep for this session's stack on both sides."""
    deep = [e for e, reply in replies.items() if reply.state == _TOO_DEEP]
    sides = Counter((e.schema, e.table, e.column) for e in deep)
    return {
        e: replace(answers[e], open=True) for e in deep if sides[e.schema, e.table, e.column] > 1
    }


def _ask_under(
    asking: Asking,
    questions: Mapping[Expression, Question],
    setting: str,
    asked: Sequence[Expression],
) -> Iterator[tuple[Expression, str]]:
    """Yield the texts that the server prints under a setting, which it may not know."""
    steps = ((_UNDO, f"SET LOCAL {setting}", questions[expression].text) for expression in asked)
    replies = asking.run([*chain.from_iterable(steps), _UNDO])
    for expression, changed, reply in zip(asked, replies[1::3], replies[2::3], strict=True):
        if reply.value is not None and not changed.error:
            yield expression, printed(reply.value, expression, questions[expression].types)


def _absent_types(asking: Asking, replies: Mapping[Expression, Reply]) -> list[Expression]:
    """Return the types that are in no schema, by the catalog and not by the search path."""
    queries = {
        expression: _type_exists(expression.text)
        for expression, reply in replies.items()
        if expression.is_type and reply.state in {_UNDEFINED_TYPE, _UNDEFINED_SCHEMA}
    }
    if not queries or asking.broken:
        return []
    existing = asking.run_each(dict.fromkeys(queries.values()))
    return [e for e, query in queries.items() if existing[query].value in {b"f", b"false"}]


def _type_exists(type_: str) -> str:
    """Return the statement that looks for a type by its name, in its schema if it has one."""
    *schema, name = types.split(types.family(type_))[-2:]
    inside = f" AND n.nspname = {string_literal(schema[0])}" if schema else ""
    return (
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_type t"
        " JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
        f" WHERE t.typname = {string_literal(name)}{inside})"
    )


def _with_spellings(
    answers: Mapping[Expression, Answer], vocabulary: Vocabulary
) -> dict[Expression, Answer]:
    """Give those without an answer a spelling of their own, or the answer of an equal spelling."""
    tables = {(e.schema, e.table) for e, answer in answers.items() if answer.text is None}
    spellings = {e: _spelling(e, vocabulary) for e in answers if (e.schema, e.table) in tables}
    known = {
        (e.schema, e.table, e.column, spelling): answers[e].text
        for e, spelling in spellings.items()
        if answers[e].text is not None
    }
    with_spellings = dict(answers)
    for e, spelling in spellings.items():
        if answers[e].text is None:
            text = known.get((e.schema, e.table, e.column, spelling), spelling)
            with_spellings[e] = replace(answers[e], text=text)
    return with_spellings


def _spelling(expression: Expression, vocabulary: Vocabulary) -> str:
    if not expression.is_type:
        return spelled(expression.text, vocabulary.path, vocabulary.operators)
    return re.sub(r"\([^()]*\)", lambda inside: inside[0].lower(), expression.text)
