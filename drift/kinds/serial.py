"""The sequences behind SERIAL columns: each has its own, with the options that SERIAL gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from drift.kinds.impact import joined
from drift.kinds.sequence import RULES, UsedSequence
from drift.kinds.sequence_impact import of_option
from drift.kinds.sequence_options import BITS, OPTIONS_SQL, Options, complete
from drift.kinds.values import clauses
from drift.model import Finding, ObjectRef, Schema, Severity


class Counter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The sequence that a live column's default takes its numbers from.

    `owner` is the other column that owns it; None where this column or none does.
    """

    schema: str
    name: str
    type: str
    options: Options
    owner: str | None = None


COUNTER_SQL = f"""
  SELECT pg_catalog.json_build_object(
           'schema', n.nspname, 'name', q.relname,
           'type', pg_catalog.format_type(s.seqtypid, NULL), 'options', {OPTIONS_SQL},
           'owner', (
             SELECT pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(o.relname)
                    || '.' || pg_catalog.quote_ident(b.attname)
             FROM pg_catalog.pg_depend w
             JOIN pg_catalog.pg_class o ON o.oid = w.refobjid
             JOIN pg_catalog.pg_namespace m ON m.oid = o.relnamespace
             JOIN pg_catalog.pg_attribute b ON b.attrelid = o.oid AND b.attnum = w.refobjsubid
             WHERE w.classid = 'pg_catalog.pg_class'::regclass AND w.objid = q.oid
               AND w.refclassid = 'pg_catalog.pg_class'::regclass AND w.deptype IN ('a', 'i')
               AND (w.refobjid <> r.oid OR w.refobjsubid <> a.attnum))) AS sequence
  FROM pg_catalog.pg_depend u
  JOIN pg_catalog.pg_class q ON q.oid = u.refobjid AND q.relkind = 'S'
  JOIN pg_catalog.pg_namespace n ON n.oid = q.relnamespace
  JOIN pg_catalog.pg_sequence s ON s.seqrelid = q.oid
  WHERE u.classid = 'pg_catalog.pg_attrdef'::regclass AND u.objid = d.oid
    AND u.refclassid = 'pg_catalog.pg_class'::regclass
    AND a.attidentity = '' AND a.attgenerated = ''
    AND pg_catalog.pg_get_expr(d.adbin, 0) ~ '^nextval[(]''([^'']|'''')*''::regclass[)]$'
  LIMIT 1
"""
"""SQL for the sequence of column `a` of relation `r`, whose default `d` is a plain nextval()."""

_COSMETIC = frozenset({"start", "minimum", "cache"})


def report_serials(findings: list[Finding], declared: Schema, live: Schema) -> list[Finding]:
    """Add a finding for each SERIAL column whose sequence has other options than SERIAL's.

    Sequences that the models declare themselves are compared as such.
    """
    counted = {
        (item.schema, item.table, item.name): item
        for item in live.objects.get("column", ())
        if item.sequence and not item.sequence.owner
    }
    own = {
        (item.schema, item.name)
        for item in declared.objects.get("sequence", ())
        if not isinstance(item, UsedSequence)
    }
    found: dict[str, Finding] = {}
    for column in declared.objects.get("column", ()) if counted else ():
        other = counted.get((column.schema, column.table, column.name)) if column.serial else None
        if other and (other.sequence.schema, other.sequence.name) not in own:
            for finding in _differing(column, other):
                found.setdefault(finding.object.path, finding)
    return [*findings, *found.values()]


def _differing(column: Any, live: Any) -> Iterator[Finding]:
    """Yield a finding where the live column's sequence is not what its SERIAL would make."""
    sequence: Counter = live.sequence
    sides = (
        complete(Options(), _narrower(column.type, live.type)),
        complete(sequence.options, sequence.type),
    )
    expected, actual = map(msgspec.structs.asdict, sides)
    changes = {
        name: (value, actual[name]) for name, value in expected.items() if value != actual[name]
    }
    if actual["maximum"] >= expected["maximum"]:
        changes.pop("maximum", None)  # the column is full before its sequence is
    if not changes:
        return
    detail = "; ".join(
        clause for name, values in changes.items() for clause in clauses(name, *values)
    )
    rule = RULES[2]
    name = sequence.name
    yield Finding(
        rule=rule.id,
        severity=Severity.INFO if changes.keys() <= _COSMETIC else Severity.WARNING,
        object=ObjectRef("sequence", sequence.schema, None, name),
        message=f"sequence {name}, which numbers {live.table}.{live.name}: {detail}",
        detail=f"numbers {live.table}.{live.name}: {detail}",
        impact=joined(of_option(name, *sides) for name in changes),
        expected={"type": column.type, "options": expected},
        actual={"type": sequence.type, "options": actual},
        changes=changes,
    )


def _narrower(declared: str, live: str) -> str:
    """Return the type that limits the numbers: another type of the column is its own finding."""
    return min(declared, live, key=lambda name: BITS.get(name, 64))
