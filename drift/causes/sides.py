"""One side of a project, such as the migrations at head, by how it differs from the models."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from drift.model import ObjectRef
from drift.report.finding import Finding


class Agreement(StrEnum):
    """The relation of one side to the models for the object of a finding.

    `ABSENT`: the side does not have the object, though the models do.
    """

    AGREES = "agrees"
    ABSENT = "absent"
    DIFFERS = "differs"


class State(NamedTuple):
    """The state of an object on one side; equal states mean that two sides have the same.

    `value` is the side's own value as JSON if it differs from the models'.
    """

    agreement: Agreement
    value: bytes = b""

    @property
    def agrees(self) -> bool:
        """Whether the side has it as the models declare it."""
        return self.agreement is Agreement.AGREES


AGREES, ABSENT = State(Agreement.AGREES), State(Agreement.ABSENT)


class Side:
    """The differences between the models and one side."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Take the findings of a comparison with the models."""
        self.findings = tuple(findings)
        self._by_rule = {(finding.rule, finding.object): finding for finding in self.findings}
        missing = [finding.object for finding in self.findings if is_missing(finding)]
        self._missing = frozenset(missing)
        self._parts = {key for f in self.findings for key in (f.object, _declared(f)) if key}
        self._by_declared = {(f.rule, _declared(f)): f for f in self.findings if _declared(f)}
        self._missing_declared = {_declared(f) for f in self.findings if is_missing(f)}
        self._missing_tables = {(ref.schema, ref.table) for ref in missing if ref.kind == "table"}
        self._missing_schemas = {ref.schema for ref in missing if ref.kind == "schema"}

    def state(self, finding: Finding) -> State:
        """Return this side's state of the object of a finding about another side."""
        ref = finding.object
        declared = _declared(finding)
        own = self._by_rule.get((finding.rule, ref))
        own = own or self._by_declared.get((finding.rule, declared))
        if is_extra(finding):
            return AGREES if own is None else State(Agreement.DIFFERS, b"present")
        if self.lacks(ref) or (declared is not None and declared in self._missing_declared):
            return ABSENT
        return AGREES if own is None else State(Agreement.DIFFERS, _value(own))

    def reports(self, finding: Finding) -> bool:
        """Return whether a finding of any rule is about the same part of a table."""
        own = finding.object in self._parts or _declared(finding) in self._parts
        return finding.object.table is not None and own

    def lacks(self, ref: ObjectRef) -> bool:
        """Return whether an object of the models, or its table or schema, is missing."""
        return bool(self.missing_owner(ref)) or ref in self._missing

    def missing_owner(self, ref: ObjectRef) -> str:
        """Return `table users` if the table of an object, or its schema, is missing; else ""."""
        if ref.schema in self._missing_schemas:
            return f"schema {ref.schema}"
        owned = ref.kind != "table" and (ref.schema, ref.table) in self._missing_tables
        return f"table {ref.table}" if owned else ""


def is_extra(finding: Finding) -> bool:
    """Return whether a finding is about an object that the models do not have."""
    return finding.rule == f"extra-{finding.object.kind}"


def is_missing(finding: Finding) -> bool:
    """Return whether a finding is about an object of the models that one side does not have."""
    return finding.rule == f"missing-{finding.object.kind}"


def _declared(finding: Finding) -> tuple[str, str, str | None, bytes] | None:
    """Return the identity of an object of the models, independent of its name on each side.

    A finding has the name of the object of its own side: an index without a name in the models, or
    one that was renamed, has several.
    """
    ref = finding.object
    if finding.expected is None or ref.table is None or ref.kind == "column":
        return None
    facts = msgspec.json.encode(finding.expected, order="deterministic")
    return ref.kind, ref.schema, ref.table, facts


def _value(finding: Finding) -> bytes:
    value: Any = {name: values[1] for name, values in finding.changes.items()} or finding.actual
    return msgspec.json.encode(value, order="deterministic")
