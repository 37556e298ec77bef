"""Sequences that the metadata declares by name."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import msgspec

from drift.kinds.base import Ask, Effect, Kind, presence_rules
from drift.kinds.facts import OptionFacts, means
from drift.kinds.metadata.declaration import Declaration, truncate
from drift.kinds.sequence.impact import of_option
from drift.kinds.sequence.options import OPTIONS_SQL, Options, complete, declared_options
from drift.kinds.sql import types
from drift.kinds.sql.catalog import rows_of
from drift.lazy_regex import lazy_regex
from drift.model import DatabaseObject, Severity


class Sequence(DatabaseObject, frozen=True, kw_only=True):
    """A sequence; `owned` if something else in the database uses it or owns it."""

    type: str = "bigint"
    options: Options
    owned: bool = False


class SequenceFacts(OptionFacts, frozen=True, kw_only=True):
    """A sequence, with PostgreSQL's values for the options that the models leave open."""

    type: Annotated[str, means("The type of its numbers, such as `bigint`.")]


class UsedSequence(Sequence, frozen=True, kw_only=True):
    """A sequence that a declared default takes its numbers from, and that the models do not make.

    Its options, and whether it exists, are no business of the models.
    """


RULES = presence_rules(
    "sequence",
    missing=(
        "Every insert that takes its number from the sequence fails.",
        "CREATE SEQUENCE as declared, in a migration.",
    ),
    extra=(
        "No effect today; no model uses it.",
        "Drop the sequence, or add an ignore entry that says whose it is.",
    ),
    mismatch=(
        "Numbers are not the ones expected, or run out earlier.",
        "ALTER SEQUENCE, or change the model's Sequence().",
    ),
)

SQL = f"""
SELECT c.schema, c.name, pg_catalog.format_type(s.seqtypid, NULL) AS type,
       {OPTIONS_SQL} AS options,
       -- OFFSET 0: it is one lookup by the index per sequence, and not all of pg_depend once
       EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
               AND d.objid = c.oid AND d.deptype IN ('a', 'i', 'e') OFFSET 0)
         -- a default, a view or a function that calls nextval(): DROP SEQUENCE is refused
         OR EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid
                      AND d.deptype = 'n' OFFSET 0) AS owned
FROM sequences c
{
    rows_of(
        "pg_sequence",
        "s",
        "s.seqrelid = c.oid",
        "s.seqtypid, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle, s.seqcache",
    )
}
WHERE c.relpersistence <> 't'
"""


class SequenceKind(Kind[Sequence]):
    """Sequences are paired by schema and name; those behind SERIAL and identities are not extra."""

    name = "sequence"
    struct = Sequence
    sql = SQL
    rules = RULES
    facts = SequenceFacts
    lives_in = "schema"

    def declare(self, declaration: Declaration) -> Iterable[Sequence]:
        own = [_declared(sequence, declaration) for sequence in declaration.sequences]
        yield from own
        made = {(sequence.schema, sequence.name) for sequence in own}
        for schema, name in sorted(set(_used(declaration)) - made):
            yield UsedSequence(schema=schema, name=name, options=Options())

    def comparable(self, item: Sequence, ask: Ask) -> dict[str, Any]:
        return {"type": item.type, **self.derived_facts(item)}

    def derived_facts(self, item: Sequence) -> dict[str, Any]:
        return msgspec.structs.asdict(complete(item.options, item.type))

    def with_server_defaults(self, declared: Sequence, live: Sequence) -> Sequence:
        return live if isinstance(declared, UsedSequence) else declared

    def reported_extra(self, item: Sequence) -> bool:
        return not item.owned

    def effect_of_change(self, change: str, declared: Sequence, live: Sequence) -> Effect:
        sides: Iterable[Any] = (declared, live)
        if change != "type":
            sides = (complete(item.options, item.type) for item in sides)
        severity = Severity.INFO if change == "cache" else Severity.WARNING
        return Effect(severity, of_option(change, *sides))


def _declared(sequence: Any, declaration: Declaration) -> Sequence:
    type_ = getattr(sequence, "data_type", None)
    text = declaration.type_name(declaration.type_text(type_)) if type_ is not None else "bigint"
    return Sequence(
        schema=declaration.schema_of(sequence),
        name=truncate(str(sequence.name)),
        type=text,
        options=declared_options(sequence),
    )


_NEXT = lazy_regex(r"\bnextval[\s(]+(?:CAST[\s(]+)?'((?:[^']|'')*)'", re.IGNORECASE)


def _used(declaration: Declaration) -> Iterator[tuple[str, str]]:
    """Yield the schema and name of every sequence that a default calls nextval() with."""
    for table in declaration.tables:
        for column in declaration.members(table).columns:
            if column.server_default is None and column.default is None:
                continue  # most have neither
            for text in (declaration.default(column), _client_default(column, declaration)):
                if text is not None:
                    yield from called_sequences(text, declaration.default_schema)


def called_sequences(default: str, default_schema: str) -> Iterator[tuple[str, str]]:
    """Yield the schema and name of every sequence that an expression calls nextval() with."""
    for name in _NEXT.findall(default):
        parts = types.split(name.replace("''", "'"))
        yield parts[-2] if len(parts) > 1 else default_schema, truncate(parts[-1])


def _client_default(column: Any, declaration: Declaration) -> str | None:
    """Return the SQL that the models send for a row without a value; None for plain values."""
    if not getattr(column.default, "is_clause_element", False):
        return None
    with contextlib.suppress(Exception):  # not part of the schema: it need not compile as DDL
        return declaration.sql(column.default.arg)
    return None
