"""Both sides of a table beside each other, with what differs marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from drift.formats.html.marks import marked
from drift.formats.html.markup import Markup, element, plural
from drift.kinds.values import label, words
from drift.report.drawing import Drawing, Part
from drift.report.finding import Finding

_STATES = {
    "differs": ("≠", "differs"),
    "missing": ("✕", "missing"),
    "extra": ("+", "extra"),
    "same": ("", ""),
}
_ABSENT = {"missing": "not in the database", "extra": "not in the models"}
_LACKING = {
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
"""What a cell says where only the other side has it."""

_WORDS = {"collation": "COLLATE ", "comment": "COMMENT "}


def side_by_side(drawing: Drawing, id_: str) -> Markup:
    """Return the table; runs of unchanged rows can be folded."""
    columns = [part for part in drawing.parts if part.kind == "column"]
    rest = [part for part in drawing.parts if part.kind != "column"]
    sections = [
        *_section("Columns", columns, f"{id_}-c"),
        *_section("Keys, constraints and indexes", rest, f"{id_}-k"),
    ]
    return _table(drawing.path, sections)


def _table(name: str, sections: Iterable[Markup]) -> Markup:
    heads = (element("th", word, scope="col") for word in ("Name", "Models", "Database"))
    caption = element("caption", f"{name}: models and database side by side", class_="sr")
    return element(
        "table", caption, element("thead", element("tr", *heads)), *sections, class_="sides"
    )


def state(part: Part) -> str:
    """Return what became of a part: `missing`, `extra`, `differs` or `same`."""
    if part.actual is None:
        return "missing"
    if part.expected is None:
        return "extra"
    return "differs" if part.marked else "same"


def _section(title: str, parts: Sequence[Part], id_: str) -> Iterator[Markup]:
    """Yield a heading, and bodies of rows: what differs, and in turn what does not."""
    if not parts:
        return
    head = element("th", title, scope="rowgroup", colspan=3)
    yield element("tbody", element("tr", head, class_="head"))
    runs = groupby(parts, key=lambda part: state(part) == "same")
    for number, (same, run) in enumerate(runs):
        some = list(run)
        if same:
            name = f"{id_}{number}"
            yield _fold(some, name)
            yield element("tbody", *map(_row, some), class_="same", id=name)
        else:
            yield element("tbody", *map(_row, some))


def _fold(parts: Sequence[Part], id_: str) -> Markup:
    """Return the row that stands for a run of unchanged ones while they are folded."""
    kinds = Counter(part.kind.replace("-", " ") for part in parts)
    words = ", ".join(plural(count, f"unchanged {kind}") for kind, count in kinds.items())
    if len(kinds) > 1:
        words = f"{len(parts)} unchanged keys, constraints and indexes"
    button = element("button", words, type="button", aria_expanded="true", aria_controls=id_)
    row = element("tr", element("td", button, colspan=3))
    return element("tbody", row, class_="fold", hidden=True)


def _row(part: Part) -> Markup:
    what = state(part)
    sign, word = _STATES[what]
    name = [element("code", part.name)]
    if part.kind != "column":
        name.append(element("small", part.kind.replace("-", " ")))
    if sign:
        mark = element("span", sign, aria_hidden="true", class_="sign")
        name.append(element("small", mark, f" {word}", class_="state"))
    return element(
        "tr",
        element("th", element("span", *name), scope="row"),
        _cell(part, part.expected, part.actual),
        _cell(part, part.actual, part.expected),
        class_=what,
    )


def _cell(part: Part, side: Mapping[str, str] | None, other: Mapping[str, str] | None) -> Markup:
    """Return one side of a part: its cells behind one another, what differs in them marked."""
    if side is None:
        return element("td", element("span", _ABSENT[state(part)]), class_="absent")
    differs = part.marked if other is not None else ()
    words = (
        _word(name, side.get(name, ""), (other or {}).get(name, "") if name in differs else None)
        for name in _names(part)
    )
    return element("td", Markup(" ".join(word for word in words if word)))


def _names(part: Part) -> list[str]:
    """Return the names of the cells that either side has, in SQL's order."""
    names = dict.fromkeys((*(part.expected or ()), *(part.actual or ())))
    return sorted(names, key=lambda name: name not in {"name", "unique"})


def _word(name: str, value: str, other: str | None) -> Markup:
    """Return a cell; `other` is what the other side has in its place, None where none differs."""
    text = f"{_WORDS.get(name, '')}{value}" if value else ""
    if other is None:
        return element("code", text, class_=name) if text else Markup()
    if value and other:
        return marked(text, f"{_WORDS.get(name, '')}{other}", name)
    text = text or _LACKING.get(name, "")
    return element("mark", text, class_=name) if text else Markup()


def changes_beside(findings: Iterable[Finding], name: str) -> Markup:
    """Return what differs of an object that is in no table, attribute by attribute."""
    rows = [
        _change(attribute, words(attribute, models), words(attribute, database))
        for finding in findings
        for attribute, (models, database) in finding.changes.items()
    ]
    return _table(name, [element("tbody", *rows)]) if rows else Markup()


def _change(attribute: str, models: str, database: str) -> Markup:
    return element(
        "tr",
        element("th", element("span", label(attribute)), scope="row"),
        element("td", marked(models, database, "definition")),
        element("td", marked(database, models, "definition")),
        class_="differs",
    )
