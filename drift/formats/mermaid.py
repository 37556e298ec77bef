"""A Mermaid `erDiagram` of the tables with differences, and of those that they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from drift.formats.vocabulary import plural
from drift.report.drawing import Drawing, Link, Part
from drift.report.report import Check

TABLES = 20
COLUMNS = 12
"""Limits of one diagram, and of one table in it: more tables or columns are a maze."""

_LONGEST = 63
_KEYS = {"PK", "FK", "UK"}
"""Mermaid's keywords for keys, in upper or lower case: no column may have such a name."""


def diagram(check: Check) -> str:
    """Return the fenced diagram; "" if no table is drawn."""
    drawn = check.drawings[:TABLES]
    if not drawn:
        return ""
    names = _names(drawn)
    lines = [
        *(line for drawing in drawn for line in _table(names[drawing.path], drawing)),
        *(f'  {names[path]}["{_label(path)}"]' for path in list(names)[len(drawn) :]),
        *(line for drawing in drawn for line in _links(drawing.links, names)),
    ]
    more = len(check.drawings) - len(drawn)
    cut = f"\n{plural(more, 'more table')} with differences: not drawn.\n" if more else ""
    return "\n".join(("```mermaid", "erDiagram", *lines, "```", cut))


def _names(drawn: Sequence[Drawing]) -> dict[str, str]:
    """Return an id per table: first those drawn, then those that they only refer to."""
    paths = dict.fromkeys(drawing.path for drawing in drawn)
    paths |= dict.fromkeys(link.target for drawing in drawn for link in drawing.links)
    return {path: f"t{number}" for number, path in enumerate(paths, 1)}


def _table(name: str, drawing: Drawing) -> Iterator[str]:
    columns = [part for part in drawing.parts if part.kind == "column" and _difference(part)]
    if not columns:
        yield f'  {name}["{_label(drawing.path)}"]'
        return
    yield f'  {name}["{_label(drawing.path)}"] {{'
    for part in columns[:COLUMNS]:
        cells = part.expected or part.actual or {}
        yield f'    {_word(cells.get("type", ""))} {_word(part.name)} "{_difference(part)}"'
    if len(columns) > COLUMNS:
        yield f'    and more "{len(columns) - COLUMNS} not drawn"'
    yield "  }"


def _difference(part: Part) -> str:
    if part.actual is None:
        return "missing"
    if part.expected is None:
        return "extra"
    return f"{', '.join(part.marked)} differs" if part.marked else ""


def _links(links: Iterable[Link], names: dict[str, str]) -> Iterator[str]:
    """Yield the foreign keys: a solid line if both sides have it, else a dotted one."""
    for link in links:
        both = link.expected and link.actual
        state = "" if both else " (missing)" if link.expected else " (extra)"
        line = "}o--||" if both else "}o..||"
        yield f'  {names[link.table]} {line} {names[link.target]} : "{_label(link.name)}{state}"'


def _label(text: str) -> str:
    """Return text to put between quotes, without the characters that Mermaid would interpret."""
    shown = re.sub(r"[^\w .,()/$-]", "?", text)
    return shown if len(shown) <= 2 * _LONGEST else f"{shown[: 2 * _LONGEST]}…"


def _word(text: str) -> str:
    """Return text as a name in Mermaid: ASCII letters, digits and underscores."""
    shown = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")[:_LONGEST]
    return shown if shown[:1].isalpha() and shown.upper() not in _KEYS else f"_{shown}"
