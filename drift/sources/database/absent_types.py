"""Tells which types are in no schema of the database, by the catalog and not by the search path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from drift.expressions.questions import Question
from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.model import Expression
from drift.sources.database.pipeline import Pipeline, Reply

_UNKNOWN = frozenset({"42704", "3F000"})
"""What PostgreSQL answers about a type, or a schema, that is not on the path, or nowhere."""


def absent_types(
    pipeline: Pipeline, questions: Mapping[Expression, Question], replies: Mapping[str, Reply]
) -> frozenset[Expression]:
    """Return the types that do not exist, out of those that the server did not know."""
    unknown = [
        expression
        for expression, question in questions.items()
        if expression.is_type and replies[question.text].state in _UNKNOWN
    ]
    return frozenset(_absent(pipeline, unknown)) if unknown and not pipeline.broken else frozenset()


def _absent(pipeline: Pipeline, unknown: Iterable[Expression]) -> Iterable[Expression]:
    texts = {expression: _exists(expression.text) for expression in unknown}
    statements = list(dict.fromkeys(texts.values()))
    replies = dict(zip(statements, list(pipeline.run(statements)), strict=True))
    return (e for e, text in texts.items() if replies[text].value in {b"f", b"false"})


def _exists(type_: str) -> str:
    """Return the statement that looks for a type by its name, in its schema if it has one."""
    *schema, name = types.split(types.family(type_))[-2:]
    inside = f" AND n.nspname = {string_literal(schema[0])}" if schema else ""
    return (
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_type t"
        " JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
        f" WHERE t.typname = {string_literal(name)}{inside})"
    )
