"""Describes findings, and the tables that they are about, for the hooks of env.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from drift.check.session import SchemaVariant
from drift.compare.comparator import Match
from drift.kinds import KINDS
from drift.model import ObjectRef, Schema
from drift.report.finding import Finding
from drift.sources.migrations.hooks.messages import Column, Item, Part, Question, Table

TableName: TypeAlias = tuple[str, str]

_KINDS = {kind.name: kind for kind in KINDS}
_NOT_ASKED = frozenset({"migration", "schema"})
"""Kinds of findings about no object of the schema, or about one that hooks do not know."""


class _Subject(NamedTuple):
    """The table that questions are about, in one of the variants."""

    variant: int
    schema: str
    table: str


def questions(
    findings: Sequence[Finding], variants: Sequence[SchemaVariant], extra: Mapping[str, Any]
) -> list[Question]:
    """Return the questions, a table each; items have the position of their finding.

    `extra` has objects of live tables that no model declares, by kind.
    """
    grouped: dict[_Subject, list[tuple[int, Finding]]] = defaultdict(list)
    for number, finding in enumerate(findings):
        ref = finding.object
        table = ref.name if ref.kind == "table" else ref.table
        if ref.kind in _NOT_ASKED or (table is None and finding.actual is None):
            continue
        index, schema = _variant(finding, variants)
        grouped[_Subject(index, schema, table or "")].append((number, finding))
    sides = [_Sides(variant, extra) for variant in variants]
    return [sides[subject.variant].question(subject, about) for subject, about in grouped.items()]


def _variant(finding: Finding, variants: Sequence[SchemaVariant]) -> tuple[int, str]:
    """Return the variant of a finding, and the schema; that of its first tenant for a pattern."""
    for index, variant in enumerate(variants):
        if finding.schemas and finding.schemas[0] in variant.tenants:
            return index, variant.declared.default_schema
    return 0, finding.object.schema


class _Sides:
    """Both sides of a variant, by table."""

    def __init__(self, variant: SchemaVariant, extra: Mapping[str, Any]) -> None:
        self._default = variant.declared.default_schema
        self._declared = _Objects(variant.declared, {})
        self._live = _Objects(variant.live, extra)
        self._matches = {
            (_ref(match), match.declared is None, match.live is None): match
            for match in variant.comparison.matches
            if match.kind in _KINDS
        }

    def question(self, subject: _Subject, about: Iterable[tuple[int, Finding]]) -> Question:
        name = subject.schema, subject.table
        return Question(
            schema=self._schema(subject.schema),
            default=self._default,
            name=subject.table,
            declared=self._declared.table(name),
            live=self._live.table(name),
            items=tuple(self._item(number, finding, subject) for number, finding in about),
        )

    def _schema(self, name: str) -> str | None:
        return None if name == self._default else name

    def _item(self, number: int, finding: Finding, subject: _Subject) -> Item:
        ref, changed = finding.object, tuple(finding.changes)
        if ref.kind in {"column", "not-null"}:
            columns = (finding.expected or finding.actual or {}).get("columns", [ref.name])
            name = ref.name if ref.kind == "column" else columns[0]
            has = self._declared.has_column, self._live.has_column
            declared, live = (name if each(subject[1:], name) else None for each in has)
            return Item(number=number, kind="column", changed=changed, declared=declared, live=live)
        if ref.kind not in {"index", "unique", "foreign-key"}:
            return Item(number=number)
        own = ObjectRef(ref.kind, subject.schema, ref.table, ref.name)
        key = own, finding.expected is None, finding.actual is None
        match = self._matches.get(key, Match(ref.kind, None, None))
        return Item(
            number=number,
            kind=ref.kind,
            changed=changed,
            declared_part=self._part(ref, match.declared, finding.expected),
            live_part=self._part(ref, match.live, finding.actual),
        )

    def _part(self, ref: ObjectRef, item: Any, facts: Mapping[str, Any] | None) -> Part | None:
        """Return a part as a finding has it; by its facts if it is about no pair of objects."""
        if facts is None:
            return None
        if item is None:
            columns = facts.get("columns") or [key["column"] for key in facts.get("keys", ())]
            return Part(kind=ref.kind, name=ref.name, keys=tuple(columns))
        keys = getattr(item, "columns", None)
        if keys is None:
            keys = tuple(key.column for key in item.keys)
        target = None
        if ref.kind == "foreign-key":
            target = self._schema(item.target_schema), item.target_table
        return Part(
            kind=ref.kind,
            name=item.name,
            keys=keys,
            unique=getattr(item, "unique", False),
            target=target,
            target_columns=getattr(item, "target_columns", ()),
        )


def _ref(match: Match) -> ObjectRef:
    kind: Any = _KINDS[match.kind]
    ref: ObjectRef = kind.ref(match.declared if match.live is None else match.live)
    return ref


class _Objects:
    """The tables of one side, with their columns and primary keys."""

    def __init__(self, schema: Schema, extra: Mapping[str, Any]) -> None:
        self._tables = {(item.schema, item.name): item for item in schema.objects["table"]}
        self._labels = {
            name: enum.labels
            for enum in schema.objects.get("enum", ())
            for name in (enum.name, f"{enum.schema}.{enum.name}")
        }
        self._columns: dict[TableName, list[Any]] = defaultdict(list)
        self._keys: dict[TableName, list[Any]] = defaultdict(list)
        for kind, by_table in (("column", self._columns), ("primary-key", self._keys)):
            for item in (*schema.objects.get(kind, ()), *extra.get(kind, ())):
                by_table[item.schema, item.table].append(item)

    def has_column(self, table: tuple[str, str], name: str) -> bool:
        return any(column.name == name for column in self._columns.get(table, ()))

    def table(self, name: TableName) -> Table | None:
        """Return the description of a table; None if this side lacks it."""
        item = self._tables.get(name)
        if item is None:
            return None
        return Table(
            columns=tuple(map(self._column, self._columns.get(name, ()))),
            parts=tuple(
                Part(kind="primary-key", name=key.name, keys=key.columns)
                for key in self._keys.get(name, ())
            ),
            comment=item.comment,
            reflected=item.stores_rows,
        )

    def _column(self, column: Any) -> Column:
        return Column(
            name=column.name,
            type=column.type,
            labels=self._labels.get(column.type.removesuffix("[]"), ()),
            nullable=column.nullable,
            default=column.default,
            comment=column.comment,
        )
