"""Compares two schemas, and asks a server about the expressions that differ as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from drift.compare.comparator import Comparison, compare
from drift.config import Target
from drift.model import Answer, Expression, Schema

if TYPE_CHECKING:
    from drift.expressions.vocabulary import Vocabulary
    from drift.sources.database.catalog import Server
    from drift.sources.database.pipeline import Asking
    from drift.sources.sql_objects.scratch_objects import Created


class Answering(Protocol):
    """A session, as far as questions are concerned."""

    @property
    def closed(self) -> bool:
        """Whether nothing can be asked any more."""

    def asking(self, seconds: float) -> Asking:
        """Return a connection for questions in the transaction, with a time limit for all."""


def compared(  # noqa: PLR0913, PLR0917 — both sides, and who answers questions about them
    session: Answering,
    target: Target,
    server: Server,
    declared: Schema,
    live: Schema,
    created: Created | None = None,
) -> Comparison:
    """Compare as text first; then again with the server's answers about expressions that differ.

    `created` answers those about definitions of objects beyond tables.
    """
    comparison = compare(declared, live)
    if not comparison.unresolved_expressions:
        return comparison
    usable = None if session.closed else session
    answers = ask(usable, target, server, declared, live, comparison)
    if created is not None:
        answers |= created.answers(comparison.unresolved_expressions)
    return compare(declared, live, answers, comparison)


def ask(  # noqa: PLR0913, PLR0917 — what the questions are made of
    session: Answering | None,
    target: Target,
    server: Server,
    declared: Schema,
    live: Schema,
    comparison: Comparison,
) -> dict[Expression, Answer]:
    """Ask a server about the expressions of a comparison; without a session, answer as text."""
    from drift.sources.database import expression_answers
    from drift.sources.database.pipeline import Pipeline

    seconds = target.statement_timeout
    return expression_answers.ask(
        Pipeline(None, seconds) if session is None else session.asking(seconds),
        (each for each in comparison.unresolved_expressions if not each.definition_of),
        expression_answers.rows(declared, live),
        _vocabulary(server, declared, live),
        seconds,
    )


def _vocabulary(server: Server, declared: Schema, live: Schema) -> Vocabulary:
    """Return all meanings of names in expressions."""
    from drift.expressions.vocabulary import Vocabulary, stand_ins

    path = (live.default_schema, *server.search_path)
    schemas = (item.schema for item in live.objects["schema"])
    return Vocabulary(
        functions=server.functions,
        operators=frozenset(server.operators),
        sequences=frozenset(
            (sequence.schema, sequence.name)
            for side in (live, declared)
            for sequence in side.objects.get("sequence", ())
        ),
        hazards=server.hazards,
        time_zones=server.time_zones,
        types=stand_ins(declared, live),
        path=tuple(dict.fromkeys((*path, *server.extension_schemas, "public"))),
        type_path=tuple(dict.fromkeys((*path, *schemas, *server.extension_schemas, "public"))),
    )
