"""Draws the tables with findings for reports: each part as it is declared and as it is live."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from drift.compare.comparator import Match
from drift.kinds import KINDS
from drift.kinds.base import Kind
from drift.model import Schema
from drift.report.drawing import Drawing, Link, Part
from drift.report.finding import Finding
from drift.texts import clip

TableName: TypeAlias = tuple[str, str]
MOST = 200
"""Tables that are drawn: a reader looks at no more."""

_DRAWN = {kind.name: kind for kind in KINDS if kind.lives_in == "table"}


def draw(
    findings: Iterable[Finding],
    matches: Iterable[Match],
    declared: Schema,
    live: Schema,
    names: Mapping[str, str] | None = None,
) -> tuple[Drawing, ...]:
    """Return a drawing of each table that a finding is about; `matches` as compared.

    `names` has the names of schemas in the drawing, if those are not their own.
    """
    by_table: dict[TableName, list[Finding]] = defaultdict(list)
    for finding in findings:
        if (table := _table_of(finding)) is not None:
            by_table[table].append(finding)
    if not by_table:
        return ()
    ranks = {table: min(f.severity.rank for f in about) for table, about in by_table.items()}
    worst = sorted(by_table, key=lambda table: (ranks[table], table))[:MOST]
    unlike: dict[TableName, list[Match]] = defaultdict(list)
    for match in matches:
        item = match.declared or match.live
        unlike[item.schema, item.table].append(match)
    sides = (_items_of(declared, worst), _items_of(live, worst))
    return tuple(
        _drawing(
            table,
            by_table[table],
            _matched(unlike[table], *(side[table] for side in sides)),
            names or {},
        )
        for table in sorted(worst)
    )


def _table_of(finding: Finding) -> TableName | None:
    ref = finding.object
    if ref.kind == "migration":
        return None  # its table is Alembic's own
    table = ref.name if ref.kind == "table" else ref.table
    return (ref.schema, table) if table else None


Items: TypeAlias = Mapping[TableName, list[tuple[str, Any]]]


def _items_of(schema: Schema, tables: Iterable[TableName]) -> Items:
    """Return the objects of some tables, in the schema's order, each with its kind's name."""
    items: dict[TableName, list[tuple[str, Any]]] = {table: [] for table in tables}
    for kind in _DRAWN:
        for item in schema.objects.get(kind, ()):
            if (item.schema, item.table) in items:
                items[item.schema, item.table].append((kind, item))
    return items


def _matched(
    unlike: Sequence[Match], declared: list[tuple[str, Any]], live: list[tuple[str, Any]]
) -> Iterator[Match]:
    """Yield all parts of one table once: in the models' order first, then those only live."""
    by_declared = {id(match.declared): match for match in unlike if match.declared is not None}
    known = {id(match.live) for match in unlike if match.live is not None}
    same = {(kind, item): item for kind, item in live if id(item) not in known}
    for kind, item in declared:
        if id(item) in by_declared:
            yield by_declared[id(item)]
        else:
            yield Match(kind, item, same.pop((kind, item), None))
    for match in unlike:
        if match.declared is None:
            yield match
    yield from (Match(kind, None, item) for (kind, _), item in same.items())


def _drawing(
    table: TableName,
    findings: Sequence[Finding],
    matches: Iterable[Match],
    names: Mapping[str, str],
) -> Drawing:
    about: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        about[_part_of(finding)].append(finding)
    alone = bool(about.get(("table", table[1])))
    parts, links = [], []
    for match in sorted(matches, key=lambda match: list(_DRAWN).index(match.kind)):
        kind: Kind[Any] = _DRAWN[match.kind]
        name = kind.ref(match.live if match.live is not None else match.declared).name
        parts.append(_part(kind, name, match, about[match.kind, name], alone=alone))
        if kind.refers_to_table:
            links.append(_link(name, match, names))
    schema = names.get(table[0], table[0])
    return Drawing(schema=schema, name=table[1], parts=tuple(parts), links=tuple(links))


def _part_of(finding: Finding) -> tuple[str, str]:
    """Return the kind and name of a finding's object; NOT NULL is drawn with its column."""
    if finding.object.kind == "not-null" and finding.expected:
        return "column", finding.expected["columns"][0]
    return finding.object.kind, finding.object.name


def _part(
    kind: Kind[Any], name: str, match: Match, findings: Sequence[Finding], *, alone: bool
) -> Part:
    """Return one part; a cell without a finding is shown in the live spelling on both sides."""
    expected = None if match.declared is None else _cells(kind, match.declared)
    actual = None if match.live is None else _cells(kind, match.live)
    if expected is not None and actual is not None and any("name" in f.changes for f in findings):
        expected = {"name": match.declared.name, **expected}
        actual = {"name": match.live.name, **actual}
    marked = _marked(kind, findings, (expected or {}) | (actual or {}))
    if expected is not None and actual is not None:
        sides = {cell: expected if cell in marked else actual for cell in {**expected, **actual}}
        expected = {cell: side[cell] for cell, side in sides.items() if cell in side}
    elif alone:
        marked = tuple(expected or actual or ())
    return Part(kind=kind.name, name=name, expected=expected, actual=actual, marked=marked)


def _cells(kind: Kind[Any], item: Any) -> dict[str, str]:
    return {name: clip(text) for name, text in kind.cells(item).items()}


def _marked(
    kind: Kind[Any], findings: Sequence[Finding], cells: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the cells that the findings are about; all, if a finding is about the whole part."""
    if any(not finding.changes for finding in findings):
        return tuple(cells)
    changed = {kind.cell(change) for finding in findings for change in finding.changes}
    return tuple(cell for cell in cells if cell in changed)


def _link(name: str, match: Match, names: Mapping[str, str]) -> Link:
    key = match.declared if match.declared is not None else match.live
    return Link(
        name=name,
        table=f"{names.get(key.schema, key.schema)}.{key.table}",
        columns=key.columns,
        target=f"{names.get(key.target_schema, key.target_schema)}.{key.target_table}",
        target_columns=key.target_columns,
        expected=match.declared is not None,
        actual=match.live is not None,
    )
