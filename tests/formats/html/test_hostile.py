"""Names and definitions from a database are text on the page, and nothing else."""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element

import pytest

from drift.formats.escape import visible
from drift.model import Location, ObjectRef
from drift.report.drawing import Drawing, Link, Part
from drift.report.finding import Ignored
from drift.report.report import Database, Failure, Report
from tests.formats.html.pages import classed, page, parsed, tree
from tests.report.examples import HOSTILE, check, finding

NAMES = [
    HOSTILE,
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "</title></svg></details><h1>",
    "\" onmouseover='alert(1)' x=\"",
    "' autofocus onfocus=alert(1) '",
    "--><!--",
    "]]>",
    "&lt;b&gt; &amp;amp; &#x3c;",
    "javascript:alert(1)",
    "a\u202eb\u2066c\u200bd\ufeff",
    "\x1b[31m\x07\x01\x7f\x9b",
    "\ud800",
    "",
]


def report_of(name: str) -> Report:
    """Return a report in which whatever can be chosen by somebody else is `name`."""
    cells = {"type": name, "null": "NULL", "default": name, "comment": name}
    ref = ObjectRef("column", name, name, name)
    found = finding(
        object=ref, message=name, detail=name, impact=name, location=Location(name, 1), rule=name
    )
    parts = (
        Part(
            kind="column",
            name=name,
            expected=cells,
            actual=cells | {"type": "oid"},
            marked=("type",),
        ),
        Part(kind="check", name=name, expected={"definition": name}),
    )
    links = (
        Link(
            name=name, table=f"{name}.{name}", columns=(name,), target=f"{name}.other",
            target_columns=(name,), expected=True, actual=False,
        ),
    )  # fmt: skip
    one = check(
        found,
        target=name,
        expected_name=name,
        database=Database(host=name, name=name, role=name, server_version=name),
        notes=(name,),
        ignored=(Ignored(finding=found, reason=name),),
        drawings=(Drawing(schema=name, name=name, parts=parts, links=links),),
    )
    return Report(checks=(one, one), failures=(Failure(target=name, reason=name),))


def shape(root: Element) -> Counter[tuple[str, tuple[str, ...]]]:
    """Count elements with the names of their attributes."""
    return Counter((str(e.tag), tuple(sorted(map(str, e.attrib)))) for e in root.iter())


@pytest.mark.parametrize("name", NAMES[:-1])
def test_no_element_and_no_attribute_arises_from_a_name(name: str) -> None:
    links = "https://git.example/"
    assert shape(tree(report_of(name), links=links)) == shape(tree(report_of("n"), links=links))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_the_text_that_it_is(name: str) -> None:
    root = tree(report_of(name))
    headings = [*root.iter("h2"), *root.iter("h3")]
    for heading in (each for each in headings if each.get("id") != "shared-name"):
        assert visible(name) in "".join(heading.itertext())
    for element in (*classed(root, "finding"), *classed(root, "remarks"), *classed(root, "impact")):
        assert visible(name) in "".join(element.itertext())


@pytest.mark.parametrize("name", NAMES)
def test_the_page_holds_no_character_that_is_obeyed(name: str) -> None:
    text = page(report_of(name))
    assert "\n".join(map(visible, text.split("\n"))) == text
    text.encode()


@pytest.mark.parametrize("links", ["javascript:alert(1)//", "data:text/html,", "//evil/", "https"])
def test_only_web_addresses_become_links(links: str) -> None:
    assert not classed(tree(report_of("n"), links=links), "place", "a")


def test_an_address_cannot_leave_its_attribute() -> None:
    text = page(report_of('"><b x="'), links='https://x/"><i>/')
    assert not {"b", "i"} & {e.tag for e in parsed(text).iter() if "x" in e.attrib or e.tag == "i"}
