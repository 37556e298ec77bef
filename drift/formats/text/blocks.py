"""The findings of a check as blocks: all of one table, or one difference of many tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from drift.formats.vocabulary import cause_of, plural, table_of
from drift.model import Severity
from drift.report import ages
from drift.report.finding import Finding

MANY = 3
"""The number of tables from which on a difference that they share is one row."""

NAMED = 3
"""Names that stand for a longer list; the others are counted, if there is more than one."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a block: a finding, or an example of `count` that are the same."""

    name: str
    finding: Finding
    count: int = 1


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Rows under one title; other blocks refer to it by the path of a table in it, `example`."""

    title: str
    example: str
    names: str = ""
    hides_names: bool = False
    findings: tuple[Finding, ...]
    rows: tuple[Row, ...]

    def groups(self) -> Iterator[list[Row]]:
        """Yield the rows that have severity, rule, impact and cause in common, the worst first."""

        def key(row: Row) -> tuple[object, ...]:
            finding = row.finding
            return finding.severity.rank, finding.rule, finding.impact, cause_of(finding)

        for _, group in groupby(sorted(self.rows, key=key), key=key):
            yield list(group)

    @property
    def order(self) -> tuple[object, ...]:
        """Most errors first, then most warnings, then by name."""
        levels = [finding.severity for finding in self.findings]
        return (*(-levels.count(level) for level in Severity), self.example)


def blocks(findings: Iterable[Finding], *, merge: bool) -> list[Block]:
    """Return all findings in blocks, the worst first.

    With `merge`, a difference that many tables share, such as a column of a mixin, is one row, and
    so are the tables of which nothing else is reported, such as missing ones.
    """
    rest = sorted(findings, key=lambda finding: finding.order)
    merged: list[Block] = []
    if merge:
        shared, rest = _split(rest, _difference)
        merged += _of_many_tables(shared)
        objects, others = _split(rest, _whole_object)
        taken = {table_of(finding) for finding in others}
        for group in objects:
            alone = [finding for finding in group if table_of(finding) not in taken]
            others += [finding for finding in group if table_of(finding) in taken]
            merged += [_of_objects(alone)] if alone else []
        rest = sorted(others, key=lambda finding: finding.order)
    single = [_of_one_table(list(group)) for _, group in groupby(rest, key=table_of)]
    return sorted([*merged, *single], key=lambda block: block.order)


def _is_whole(finding: Finding) -> bool:
    """Return whether a finding is about a whole table, enum and so on, and not a part of one."""
    return finding.object.path == table_of(finding)


def _difference(finding: Finding) -> Hashable | None:
    """Return the facts that tables with the same difference share; None for whole objects."""
    if _is_whole(finding):
        return None
    ref = finding.object
    detail = finding.detail or finding.message
    shared = (finding.severity, finding.rule, finding.impact, cause_of(finding))
    return *shared, ref.kind, ref.name, detail


def _whole_object(finding: Finding) -> Hashable | None:
    if not _is_whole(finding):
        return None
    return finding.severity, finding.rule, finding.object.kind, finding.impact, cause_of(finding)


def _split(
    findings: Sequence[Finding], key: Callable[[Finding], Hashable | None]
) -> tuple[list[list[Finding]], list[Finding]]:
    """Return the groups of the same key in many tables, and all other findings."""
    groups: dict[Hashable, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[key(finding)].append(finding)
    rest = groups.pop(None, [])
    large = []
    for group in groups.values():
        if len(set(map(table_of, group))) >= MANY:
            large.append(group)
        else:
            rest += group
    return large, rest


def _of_many_tables(groups: Iterable[list[Finding]]) -> Iterator[Block]:
    """Yield a block per set of tables, with the differences that they share."""
    by_tables: dict[tuple[str, ...], list[list[Finding]]] = defaultdict(list)
    for group in groups:
        by_tables[tuple(dict.fromkeys(map(table_of, group)))].append(group)
    for tables, shared in by_tables.items():
        yield Block(
            title=plural(len(tables), "table"),
            example=tables[0],
            names=shortened(tables),
            hides_names=len(tables) > NAMED + 1,
            findings=tuple(finding for group in shared for finding in group),
            rows=tuple(
                Row(name=group[0].object.name, finding=_example(group), count=len(group))
                for group in shared
            ),
        )


def _example(group: Sequence[Finding]) -> Finding:
    """Return the first finding, without a location if the others have another one."""
    same = len({finding.location for finding in group}) == 1
    first = ages.example(group)
    return first if same else msgspec.structs.replace(first, location=None)


def _of_objects(findings: Sequence[Finding]) -> Block:
    kind = findings[0].object.kind.replace("-", " ")
    return Block(
        title=plural(len(findings), kind),
        example=table_of(findings[0]),
        findings=tuple(findings),
        rows=tuple(Row(name=table_of(finding), finding=finding) for finding in findings),
    )


def _of_one_table(findings: Sequence[Finding]) -> Block:
    """Return the block of one table, or of a type or a sequence of its own."""
    title, ref = table_of(findings[0]), findings[0].object
    return Block(
        title=title if ref.table else f"{title} ({ref.kind})",
        example=title,
        findings=tuple(findings),
        rows=tuple(
            Row(name="" if _is_whole(finding) else finding.object.name, finding=finding)
            for finding in findings
        ),
    )


def shortened(names: Sequence[str]) -> str:
    """Return the first names of a list, and the number of the others: `a, b, c and 37 more`."""
    if len(names) <= NAMED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED:,} more"
