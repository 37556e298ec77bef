"""The sequences behind SERIAL columns: each should have the options that SERIAL gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from drift.compare.clauses import described, impact_of, worst
from drift.kinds import RULES
from drift.kinds.sequence.impact import of_option
from drift.kinds.sequence.kind import UsedSequence
from drift.kinds.sequence.options import BITS, Options, complete
from drift.kinds.sides import Sides, sides_of
from drift.kinds.sql_words import clauses
from drift.model import ObjectRef, Schema, Severity
from drift.report.finding import Clause, Finding

_COSMETIC = frozenset({"start", "minimum", "cache"})


def report_serials(findings: list[Finding], declared: Schema, live: Schema) -> list[Finding]:
    """Add a finding per SERIAL column whose sequence has other options than SERIAL's.

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
    sides = sides_of(declared, live)
    by_path: dict[str, Finding] = {}
    for column in declared.objects.get("column", ()) if counted else ():
        other = counted.get((column.schema, column.table, column.name)) if column.serial else None
        if other and (other.sequence.schema, other.sequence.name) not in own:
            for finding in _differing(column, other, sides):
                by_path.setdefault(finding.object.path, finding)
    return [*findings, *by_path.values()]


def _differing(column: Any, live: Any, sides: Sides) -> Iterator[Finding]:
    """Yield a finding if the live column's sequence is not as its SERIAL would create it.

    A column that was read from a server is expected to have the sequence of that server.
    """
    sequence = live.sequence
    options = _expected(column, live), complete(sequence.options, sequence.type)
    if options[0] == options[1]:
        return
    expected, actual = map(msgspec.structs.asdict, options)
    changes = {
        name: (value, actual[name]) for name, value in expected.items() if value != actual[name]
    }
    narrowed = column.sequence and column.type == live.type
    if not narrowed and actual["maximum"] >= expected["maximum"]:
        changes.pop("maximum", None)  # the column is full before its sequence is
    if not changes:
        return
    made = [
        Clause(
            attribute=name,
            severity=Severity.INFO if name in _COSMETIC else Severity.WARNING,
            text="; ".join(clauses(name, *values, sides=sides)),
            impact=of_option(name, *options),
        )
        for name, values in changes.items()
    ]
    detail = described(made)
    rule = RULES["sequence-mismatch"]
    name = sequence.name
    yield Finding(
        rule=rule.id,
        severity=worst(made),
        object=ObjectRef("sequence", sequence.schema, None, name),
        message=f"sequence {name}, which numbers {live.table}.{live.name}: {detail}",
        detail=f"numbers {live.table}.{live.name}: {detail}",
        impact=impact_of(made),
        expected={"type": column.type, **expected},
        actual={"type": sequence.type, **actual},
        changes=changes,
        clauses=tuple(made),
    )


def _expected(column: Any, live: Any) -> Options:
    """Return the options that the sequence should have."""
    if column.sequence and not column.sequence.owner:
        return complete(column.sequence.options, column.sequence.type)
    return complete(Options(), _narrower(column.type, live.type))


def _narrower(declared: str, live: str) -> str:
    """Return the type that limits the numbers: another type of the column is its own finding."""
    return min(declared, live, key=lambda name: BITS.get(name, 64))
