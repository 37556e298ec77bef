"""Sequences that the metadata declares by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from drift.kinds.declaration import Declaration, truncate
from drift.kinds.kind import Ask, Kind, presence_rules
from drift.kinds.sequence_options import OPTIONS_SQL, Options, complete, declared_options
from drift.model import DatabaseObject, Severity


class Sequence(DatabaseObject, frozen=True, kw_only=True):
    """A sequence; `owned` where a column's SERIAL or identity made it."""

    type: str = "bigint"
    options: Options
    owned: bool = False


RULES = presence_rules(
    "sequence",
    missing="Every insert that takes its number from the sequence fails.",
    extra="Nothing today; no model uses it.",
    mismatch="Numbers are not the ones expected, or run out earlier.",
    remedies=(
        "CREATE SEQUENCE as declared, in a migration.",
        "Drop the sequence, or add an ignore entry that says whose it is.",
        "ALTER SEQUENCE, or change the model's Sequence().",
    ),
)

SQL = f"""
SELECT n.nspname AS schema, c.relname AS name, pg_catalog.format_type(s.seqtypid, NULL) AS type,
       {OPTIONS_SQL} AS options,
       EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
               AND d.objid = c.oid AND d.deptype IN ('a', 'i', 'e')) AS owned
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid AND c.relpersistence <> 't'
JOIN namespaces n ON n.oid = c.relnamespace
"""


class SequenceKind(Kind[Sequence]):
    """Sequences are paired by schema and name; those behind a SERIAL or identity are its own."""

    name = "sequence"
    struct = Sequence
    sql = SQL
    rules = RULES
    needs_table = False

    def declare(self, declaration: Declaration) -> Iterable[Sequence]:
        for sequence in declaration.sequences:
            yield _declared(sequence, declaration)

    def facts(self, item: Sequence, ask: Ask) -> dict[str, Any]:
        return {"type": item.type, **msgspec.structs.asdict(complete(item.options, item.type))}

    def reported_extra(self, item: Sequence) -> bool:
        return not item.owned

    def judge(self, change: str, declared: Sequence, live: Sequence) -> tuple[str, Severity | None]:
        return "sequence-mismatch", Severity.WARNING


def _declared(sequence: Any, declaration: Declaration) -> Sequence:
    type_ = getattr(sequence, "data_type", None)
    text = declaration.type_name(declaration.type_text(type_)) if type_ is not None else "bigint"
    return Sequence(
        schema=declaration.schema_of(sequence),
        name=truncate(str(sequence.name)),
        type=text,
        options=declared_options(sequence),
    )
