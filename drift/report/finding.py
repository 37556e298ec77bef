"""A finding: one difference, and the fingerprint that identifies it from one run to the next."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import msgspec

from drift.model import Facts, Location, ObjectRef, Severity


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a finding that is about one of its changed attributes.

    `impact` is "" if the server did not judge the change. Reports do not show clauses: a finding
    is made of them again if one of its attributes is ignored.
    """

    attribute: str
    severity: Severity
    text: str
    impact: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One difference. `expected` and `actual` hold each side's facts, None if it is absent.

    `message` is a whole sentence; `detail` is the same without the object's name. `schemas` are
    those for which it holds, if the object's schema is a pattern that stands for many. `cause` is a
    word of `report.causes`, "" if it was not asked for; `evidence` is a sentence that proves it,
    and `revision` the migration that it names.

    `status` is a word of `report.ages`, "" without a history; `first_seen` is the first run that
    reported it, `since` the one from which on it was there, and `days` how long that is.
    """

    rule: str
    severity: Severity
    object: ObjectRef
    message: str
    impact: str
    detail: str = ""
    expected: Facts | None = None
    actual: Facts | None = None
    changes: Mapping[str, tuple[Any, Any]] = {}
    clauses: tuple[Clause, ...] = ()
    location: Location | None = None
    fingerprint: str = ""
    schemas: tuple[str, ...] = ()
    cause: str = ""
    evidence: str = ""
    revision: str = ""
    status: str = ""
    first_seen: datetime.datetime | None = None
    since: datetime.datetime | None = None
    days: int | None = None

    @property
    def order(self) -> tuple[Any, ...]:
        """Tables in order, the worst first within each."""
        ref = self.object
        return (ref.schema, ref.table or ref.name, self.severity.rank, self.rule, ref.name)


def fingerprint(target: str, rule: str, ref: ObjectRef, number: int = 0) -> str:
    """Identify a finding from one run to the next: 16 hexadecimal digits, never the message.

    `number` counts the findings before it of the same rule and object.
    """
    import hashlib  # takes 1 ms, with OpenSSL: a check without findings does not need it

    parts = (target, rule, ref.kind, ref.schema, ref.table or "", ref.name)
    text = "\0".join((*parts, str(number)) if number else parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Ignored(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that an ignore entry covers, and the entry's reason, file and line.

    `hook` is the hook of env.py that excludes it instead; "" for an entry.
    """

    finding: Finding
    reason: str
    declared_at: str = ""
    hook: str = ""
