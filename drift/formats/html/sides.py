"""Both sides of a table or another object in two columns, with the differences marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeAlias

import msgspec
from markupsafe import Markup

from drift.formats.html.marks import Runs, marked
from drift.formats.html.templating import macros
from drift.formats.vocabulary import plural
from drift.kinds.sides import USUAL, Sides
from drift.kinds.sql_words import label, value_text
from drift.report.drawing import Drawing, Part
from drift.report.finding import Finding

Cells: TypeAlias = Mapping[str, str]

_SIGNS = {"missing": "✕", "extra": "+", "differs": "≠"}
_DEFAULTS = {
    "collation": "no collation",
    "comment": "no comment",
    "default": "no default",
    "deferrable": "NOT DEFERRABLE",
    "delete": "ON DELETE NO ACTION",
    "include": "no INCLUDE",
    "match": "MATCH SIMPLE",
    "nulls": "NULLS DISTINCT",
    "unique": "not unique",
    "update": "ON UPDATE NO ACTION",
    "where": "no WHERE",
}
"""The words for a cell that only the other side has."""

_PREFIXES = {"collation": "COLLATE ", "comment": "COMMENT "}


class _Rows(msgspec.Struct, frozen=True):
    """Successive parts that all differ, or are all unchanged and can be folded.

    `fold` is the label of the button that unfolds them; "" for parts that differ.
    """

    parts: Sequence[Part]
    id: str = ""
    fold: str = ""


def table_sides(drawing: Drawing, id_: str, sides: Sides = USUAL) -> Markup:
    """Return both sides of a table, part by part; `id_` begins the ids within them."""
    columns = [part for part in drawing.parts if part.kind == "column"]
    rest = [part for part in drawing.parts if part.kind != "column"]
    blocks = {
        "Columns": list(_blocks(columns, f"{id_}-c")),
        "Keys, constraints and indexes": list(_blocks(rest, f"{id_}-k")),
    }
    markup: Markup = macros("sides.html").table(
        drawing.path, blocks, _heads(sides), state=_state, cell=_cell, signs=_SIGNS,
        absent={"missing": f"not in {sides.in_actual}", "extra": f"not in {sides.in_expected}"},
    )  # fmt: skip
    return markup


def object_sides(findings: Iterable[Finding], name: str, sides: Sides = USUAL) -> Markup:
    """Return both sides of an object outside of tables, attribute by attribute; "" for none."""
    rows = [
        (
            label(attribute),
            marked(value_text(attribute, models), value_text(attribute, database)),
            marked(value_text(attribute, database), value_text(attribute, models)),
        )
        for finding in findings
        for attribute, (models, database) in finding.changes.items()
    ]
    markup: Markup = macros("sides.html").object(name, rows, _heads(sides)) if rows else Markup()
    return markup


def _heads(sides: Sides) -> tuple[str, str]:
    """Return the heads of both columns: the names of sources are not changed."""
    if sides.are_usual:
        return "Models", "Database"
    return sides.expected, sides.actual


def _state(part: Part) -> str:
    if part.actual is None:
        return "missing"
    if part.expected is None:
        return "extra"
    return "differs" if part.marked else "same"


def _blocks(parts: Sequence[Part], id_: str) -> Iterator[_Rows]:
    runs = groupby(parts, key=lambda part: _state(part) == "same")
    for number, (same, run) in enumerate(runs):
        rows = list(run)
        yield _Rows(rows, f"{id_}{number}", _fold_label(rows)) if same else _Rows(rows)


def _fold_label(parts: Sequence[Part]) -> str:
    kinds = Counter(part.kind.replace("-", " ") for part in parts)
    if len(kinds) > 1:
        return f"{len(parts)} unchanged keys, constraints and indexes"
    return plural(len(parts), f"unchanged {next(iter(kinds))}")


def _cell(part: Part, side: Cells, other: Cells | None) -> Iterator[tuple[str, Runs]]:
    """Yield the name and the text of each clause on one side of a part, in SQL's order."""
    names = dict.fromkeys((*(part.expected or ()), *(part.actual or ())))
    for name in sorted(names, key=lambda name: name not in {"name", "unique"}):
        prefix, text = _PREFIXES.get(name, ""), side.get(name, "")
        if other is None or name not in part.marked:
            runs = [(f"{prefix}{text}", False)] if text else []
        elif text and other.get(name):
            runs = marked(f"{prefix}{text}", f"{prefix}{other[name]}")
        else:
            clause = f"{prefix}{text}" if text else _DEFAULTS.get(name, "")
            runs = [(clause, True)] if clause else []
        if runs:
            yield name, runs
