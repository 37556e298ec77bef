"""Both sides of a table beside each other, with what differs marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from drift.drawing import Drawing, Part
from drift.formats.html.markup import Markup, element, plural

_STATES = {
    "differs": ("≠", "differs"),
    "missing": ("✕", "missing"),
    "extra": ("+", "extra"),
    "same": ("", ""),
}
_ABSENT = {"missing": "not in the database", "extra": "not in the models"}
_WORDS = {"collation": "COLLATE ", "comment": "COMMENT "}


def side_by_side(drawing: Drawing, id_: str) -> Markup:
    """Return the table; runs of unchanged rows can be folded."""
    columns = [part for part in drawing.parts if part.kind == "column"]
    rest = [part for part in drawing.parts if part.kind != "column"]
    sections = [
        *_section("Columns", columns, f"{id_}-c"),
        *_section("Keys, constraints and indexes", rest, f"{id_}-k"),
    ]
    heads = (element("th", word, scope="col") for word in ("Name", "Models", "Database"))
    caption = element("caption", f"{drawing.path}: models and database side by side", class_="sr")
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
        _cell(part.expected, part, what),
        _cell(part.actual, part, what),
        class_=what,
    )


def _cell(side: Mapping[str, str] | None, part: Part, what: str) -> Markup:
    """Return one side of a part: its cells behind one another, those that differ marked."""
    if side is None:
        return element("td", element("span", _ABSENT[what]), class_="absent")
    marked = part.marked if what == "differs" else ()
    words = (_word(name, side.get(name, ""), marked=name in marked) for name in _names(part))
    return element("td", Markup(" ".join(word for word in words if word)))


def _names(part: Part) -> dict[str, None]:
    """Return the names of the cells that either side has."""
    return dict.fromkeys((*(part.expected or ()), *(part.actual or ())))


def _word(name: str, value: str, *, marked: bool) -> Markup:
    if not value and not marked:
        return Markup()
    words = f"{_WORDS.get(name, '')}{value}" if value else f"no {name}"
    return element("mark" if marked else "code", words, class_=name)
