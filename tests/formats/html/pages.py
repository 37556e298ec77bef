"""Pages to look into, and the reports that they are made of."""

from __future__ import annotations

from typing import TypeAlias
from xml.etree.ElementTree import Element

import html5lib

from drift.formats.html.page import render
from drift.formats.options import Options
from drift.model import ObjectRef, Severity
from drift.report.drawing import Drawing, Link, Part
from drift.report.finding import Finding
from drift.report.report import Report
from tests.report.examples import finding, report

Cells: TypeAlias = dict[str, str]
TEXT: Cells = {"type": "text", "null": "NOT NULL"}
NUMBER: Cells = {"type": "integer", "null": "NOT NULL"}


def page(of: Report, **options: str) -> str:
    """Return the page as text."""
    return render(of, Options(**options))  # type: ignore[arg-type]


def parsed(text: str) -> Element:
    """Return the page's root as a browser reads it; a fault in its markup fails the test."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root: Element = parser.parse(text)
    faults = [code for _, code, _ in parser.errors]
    assert not faults, faults
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    return root


def tree(of: Report, **options: str) -> Element:
    """Return the root of a report's page."""
    return parsed(page(of, **options))


def classed(root: Element, name: str, tag: str = "*") -> list[Element]:
    """Return the elements with a class, in order."""
    return [e for e in root.iterfind(f".//{tag}") if name in (e.get("class") or "").split()]


def words(element: Element) -> str:
    """Return an element's text, each run of white space as one space."""
    return " ".join("".join(element.itertext()).split())


def column(
    name: str, expected: Cells | None = TEXT, actual: Cells | None = TEXT, *marked: str
) -> Part:
    """Return a column, the same on both sides unless told otherwise."""
    return Part(kind="column", name=name, expected=expected, actual=actual, marked=marked)


def link(table: str, target: str, state: str = "same", name: str = "") -> Link:
    """Return a foreign key between tables of the schema public."""
    return Link(
        name=name or f"{table}_{target}_fkey",
        table=f"public.{table}",
        columns=(f"{target}_id",),
        target=f"public.{target}",
        target_columns=("id",),
        expected=state != "extra",
        actual=state != "missing",
    )


def drawing(name: str, *parts: Part, links: tuple[Link, ...] = ()) -> Drawing:
    """Return a table of the schema public."""
    return Drawing(schema="public", name=name, parts=parts, links=links)


def retyped(name: str = "age", table: str = "users", **changes: object) -> Finding:
    """Return a warning about a column's type."""
    facts: dict[str, object] = {
        "rule": "column-type-mismatch",
        "severity": Severity.WARNING,
        "message": f"column {name}: type: models text, database integer",
        "detail": "type: models text, database integer",
        "impact": "Values are converted.",
    }
    return finding(name, table, **(facts | changes))


def shop() -> Report:
    """Return a check with an error, two warnings, an info and an enum, in two tables."""
    users = drawing(
        "users",
        column("id"),
        column("email"),
        column("role", TEXT, None),
        column("age", TEXT, NUMBER, "type"),
        column("old", None, NUMBER),
    )
    orders = drawing(
        "orders",
        column("id"),
        column("total", TEXT, NUMBER, "type"),
        links=(link("orders", "users", "missing"),),
    )
    mood = ObjectRef("enum", "public", None, "mood")
    return report(
        finding("role"),
        retyped("age"),
        retyped("total", "orders"),
        finding("note", "orders", rule="comment-mismatch", severity=Severity.INFO),
        finding(rule="missing-enum", object=mood, detail="happy, sad"),
        drawings=(orders, users),
    )


def crowd(tables: int, each: int, columns: int = 0) -> Report:
    """Return a check with so many tables of so many findings, and so many columns drawn."""
    names = [f"table_{number}" for number in range(tables)]
    return report(
        *(retyped(f"column_{at}", name) for name in names for at in range(each)),
        drawings=tuple(
            drawing(name, *(column(f"column_{at}") for at in range(columns)))
            for name in names
            if columns
        ),
    )
