"""Plain listings for a terminal: the objects of a schema, and the rules."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from drift.errors import UsageError
from drift.formats.escape import inert, visible
from drift.formats.options import Options
from drift.kinds import KINDS, RULES
from drift.kinds.domain import Domain, DomainKind
from drift.kinds.enum import Enum
from drift.kinds.sequence.kind import Sequence
from drift.kinds.table.table import Table
from drift.model import Rule, Schema
from drift.texts import clip, nearest

_HEADINGS = {
    "primary-key": "primary key",
    "unique": "unique",
    "check": "checks",
    "foreign-key": "foreign keys",
    "index": "indexes",
}


def render_schema(schema: Schema, objects: Iterable[Any]) -> str:
    """Return objects of a schema as text: tables with all their parts, others in one line."""
    blocks = ["\n".join(_lines(schema, item)) for item in objects]
    return "\n\n".join(visible_lines(block) for block in blocks) + "\n"


def _lines(schema: Schema, item: Any) -> Iterator[str]:
    if isinstance(item, Table):
        yield from _table(schema, item)
    elif isinstance(item, Enum):
        yield f"enum {item.schema}.{item.name} ({clip(', '.join(item.labels))})"
    elif isinstance(item, Domain):
        definition = DomainKind().describe(item).removeprefix("DOMAIN ")
        yield f"domain {item.schema}.{item.name} ({clip(definition)})"
    elif isinstance(item, Sequence):
        values = msgspec.structs.asdict(item.options).items()
        options = ", ".join(f"{name} {str(value).lower()}" for name, value in values)
        yield f"sequence {item.schema}.{item.name} ({item.type}, {options})"


def _table(schema: Schema, table: Any) -> Iterator[str]:
    yield f"{table.schema}.{table.name} ({table.relation})"
    columns = _of(schema, "column", table)
    name_width = min(40, max((len(column.name) for column in columns), default=0))
    for kind in KINDS:
        if kind.name == "column":
            for column in columns:
                yield f"  {column.name:<{name_width}}  {clip(kind.describe(column))}"
        elif kind.name in _HEADINGS and (items := _of(schema, kind.name, table)):
            yield f"  {_HEADINGS[kind.name]}:"
            yield from (f"    {kind.label(item)}  {clip(kind.describe(item))}" for item in items)


def _of(schema: Schema, kind: str, table: Any) -> list[Any]:
    """Return a table's objects of one kind: columns in their own order, others by name."""
    items = [
        item
        for item in schema.objects[kind]
        if (item.schema, item.table) == (table.schema, table.name)
    ]
    return items if kind == "column" else sorted(items, key=lambda item: item.name or "")


def visible_lines(text: str) -> str:
    """Escape characters that a terminal would obey; keep the line breaks, which are our own."""
    return "\n".join(inert(visible(line)) for line in text.split("\n"))


def render_rules(rules: Mapping[str, Rule], wanted: str | None, options: Options) -> str:
    """Return one rule in full, or a line per rule if a pattern or no name is given."""
    matched = [name for name in rules if fnmatchcase(name, wanted or "*")]
    if matched and wanted not in rules:
        width = max(map(len, matched))
        lines = [
            f"{name:<{width}}  {rules[name].severity:<7}  {rules[name].summary}" for name in matched
        ]
        return "\n".join([*lines, "", "drift rules RULE prints the impact and the fix.\n"])
    if not wanted or wanted not in rules:
        raise UsageError(unknown_rule(wanted or ""))
    return _rule(rules[wanted], options)


def unknown_rule(name: str) -> str:
    """Return the message about a name that no rule has."""
    close = nearest(name, RULES)
    hint = f"; did you mean {close}?" if close else ""
    return f"there is no rule {name!r}{hint} (drift rules lists them)"


def _rule(rule: Rule, options: Options) -> str:
    def paragraph(title: str, text: str) -> str:
        return textwrap.fill(
            f"{title:<8} {text}",
            width=options.width,
            initial_indent="  ",
            subsequent_indent=" " * 11,
        )

    lines = [
        f"{rule.id} ({'advice, ' if rule.advice else ''}{rule.severity})",
        paragraph("meaning", rule.summary),
        paragraph("impact", rule.impact),
        paragraph("fix", rule.remedy),
    ]
    return "\n".join(lines) + "\n"
