"""The picture of the foreign keys: boxes on a grid, and lines that pass between them."""

from __future__ import annotations

import re
import time
from itertools import pairwise, product
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.formats.html.picture.choice import MOST_BOXES, MOST_LINES
from drift.formats.html.picture.grid import COLUMNS, arrange
from drift.formats.html.picture.routes import BOX, Plan, route
from drift.report.report import Report
from tests.formats.html.pages import classed, column, drawing, link, shop, tree, words
from tests.report.examples import finding, report

NAMES = [f"t{number}" for number in range(12)]
ARROWS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=25)


def plan(arrows: list[tuple[str, str]]) -> Plan:
    return route(arrange(NAMES, arrows), arrows)


def connected(*links: tuple[str, str, str]) -> Report:
    tables = {name: () for name, _, _ in links}
    drawings = (
        drawing(name, column("id"), links=tuple(link(*one) for one in links if one[0] == name))
        for name in tables
    )
    return report(*(finding("id", name) for name in tables), drawings=tuple(drawings))


def described(root: Element) -> list[str]:
    return [words(next(line.iter("title"))) for line in classed(root, "line", "g")]


@given(ARROWS)
@settings(deadline=None)
def test_every_box_has_a_cell_of_its_own(arrows: list[tuple[str, str]]) -> None:
    cells = arrange(NAMES, arrows)
    assert set(cells) == set(NAMES)
    assert len(set(cells.values())) == len(NAMES)
    assert all(0 <= column < COLUMNS for _, column in cells.values())


@given(ARROWS)
@settings(deadline=None)
def test_no_line_passes_through_a_box(arrows: list[tuple[str, str]]) -> None:
    drawn = plan(arrows)
    for way in drawn.routes:
        for (x, y), (other_x, other_y) in pairwise(way.points):
            assert x == other_x or y == other_y
            for left, top in drawn.boxes.values():
                beside = max(x, other_x) <= left or min(x, other_x) >= left + BOX[0]
                apart = max(y, other_y) <= top or min(y, other_y) >= top + BOX[1]
                assert beside or apart


@given(ARROWS)
@settings(deadline=None)
def test_every_line_leads_from_its_table_to_the_one_that_is_referenced(
    arrows: list[tuple[str, str]],
) -> None:
    drawn = plan(arrows)
    for (start, end), way in zip(arrows, drawn.routes, strict=True):
        for name, (x, y) in ((start, way.points[0]), (end, way.points[-1])):
            left, top = drawn.boxes[name]
            assert left < x < left + BOX[0]
            assert y in {top, top + BOX[1]}


def test_what_is_referenced_stands_above() -> None:
    cells = arrange(["a", "b", "c"], [("a", "b"), ("b", "c")])
    assert [name for name, _ in sorted(cells.items(), key=lambda item: item[1])] == ["c", "b", "a"]


def test_two_tables_that_refer_to_each_other_are_placed() -> None:
    assert {row for row, _ in arrange(["a", "b"], [("a", "b"), ("b", "a")]).values()} == {0, 1}


def test_a_long_chain_and_a_dense_net_are_drawn_in_no_time() -> None:
    names = [f"t{number:03}" for number in range(300)]
    began = time.process_time()
    arrange(names, [(a, b) for a, b in pairwise(names)])
    net = [(a, b) for a in names[:MOST_BOXES] for b in names[:MOST_BOXES]][: MOST_LINES * 2]
    route(arrange(names[:MOST_BOXES], net), net)
    assert time.process_time() - began < 5


def test_a_missing_foreign_key_is_drawn_between_its_tables_and_said_in_words() -> None:
    root = tree(shop())
    [line] = classed(root, "missing", "g")
    assert words(next(line.iter("title"))) == (
        "orders_users_fkey: public.orders (users_id) → public.users (id): "
        "in the models, missing from the database"
    )
    assert words(line).endswith("✕ users_id missing")
    boxes = [words(next(box.iter("title"))) for box in classed(root, "box", "g")]
    assert boxes == ["public.orders: 1 warning, 1 info", "public.users: 1 error, 1 warning"]


def test_a_box_leads_to_the_section_of_its_table() -> None:
    root = tree(shop())
    ids = {
        words(section.findall("header/h3")[0]): section.get("id")
        for section in classed(root, "table", "section")
    }
    links = {words(next(a.iter("text"))): a.get("href") for a in next(root.iter("svg")).iter("a")}
    assert links == {"orders": f"#{ids['public.orders']}", "users": f"#{ids['public.users']}"}


def test_lines_are_told_apart_by_their_state() -> None:
    root = tree(connected(("a", "x", "missing"), ("a", "y", "extra"), ("a", "z", "same")))
    states = {(line.get("class") or "").split()[1] for line in classed(root, "line", "g")}
    assert states == {"missing", "extra", "same"}
    [legend] = classed(root, "legend")
    assert len(legend) == 3


def test_a_key_that_differs_is_drawn_so() -> None:
    part = column("a_x_fkey", {"definition": "a"}, {"definition": "b"}, "definition")
    key = type(part)(
        kind="foreign-key", name=part.name, expected=part.expected, actual=part.actual,
        marked=part.marked,
    )  # fmt: skip
    of = report(finding("id", "a"), drawings=(drawing("a", key, links=(link("a", "x"),)),))
    assert described(tree(of))[0].endswith("different on both sides")


def test_keys_between_the_same_tables_share_a_line() -> None:
    links = tuple(link("a", "x", "missing", name=f"k{at}") for at in range(3))
    of = report(finding("id", "a"), drawings=(drawing("a", column("id"), links=links),))
    [line] = classed(tree(of), "line", "g")
    assert "missing ×3" in words(line)


def test_a_table_that_refers_to_itself_is_drawn() -> None:
    assert described(tree(connected(("a", "a", "missing")))) == [
        "a_a_fkey: public.a (a_id) → public.a (id): in the models, missing from the database"
    ]


def test_without_a_foreign_key_there_is_no_picture() -> None:
    assert not list(tree(report(finding(), drawings=(drawing("users", column("id")),))).iter("svg"))


@pytest.mark.parametrize("closed", [False, True])
def test_thousands_of_tables_in_a_chain_or_a_circle_are_drawn_in_part(closed: bool) -> None:
    names = [f"t{number}" for number in range(2_000)]
    ways = [*pairwise(names), *([(names[-1], names[0])] if closed else [])]
    drawings = (drawing(one, links=(link(one, other, "missing"),)) for one, other in ways)
    root = tree(report(finding("id", "t0"), drawings=tuple(drawings)))
    boxes = classed(root, "box", "g")
    assert len(boxes) == MOST_BOXES
    [caption] = root.iter("figcaption")
    assert f"Cut: {MOST_BOXES} of 2,000 tables" in words(caption)


@pytest.mark.parametrize("closed", [False, True])
def test_a_chain_or_circle_of_thousands_is_placed_without_recursion(closed: bool) -> None:
    names = [f"t{number:04}" for number in range(2_000)]
    cells = arrange(names, [*pairwise(names), *([(names[-1], names[0])] if closed else [])])
    assert len(set(cells.values())) == 2_000


@pytest.mark.parametrize("tables", [40, 200])
def test_of_many_tables_the_picture_shows_some_and_says_so(tables: int) -> None:
    links = [(f"t{n}", f"t{n // 3}", "missing" if n % 2 else "same") for n in range(1, tables)]
    root = tree(connected(*links))
    boxes, lines = classed(root, "box", "g"), classed(root, "line", "g")
    assert len(boxes) <= MOST_BOXES
    assert len(lines) <= MOST_LINES
    [caption] = root.iter("figcaption")
    said = rf"Cut: {len(boxes)} of {tables} tables and {len(lines)} of {tables - 1} arrows"
    assert re.search(said, words(caption))


def test_a_net_of_keys_is_thinned_out() -> None:
    links = [(f"t{n}", f"t{m}", "same") for n in range(12) for m in range(12)]
    assert len(classed(tree(connected(*links)), "line", "g")) == MOST_LINES


def test_long_names_are_clipped_to_their_box() -> None:
    root = tree(connected(("a" * 63, "表" * 21, "missing")))
    names = [words(text) for box in classed(root, "box", "g") for text in classed(box, "name")]
    assert all(name.endswith("…") for name in names)
    assert [len(name) for name in names] == [24, 12]


@pytest.mark.parametrize(
    "arrows",
    [
        [("a", "a"), ("a", "b")],
        [("a", "b"), ("a", "d"), ("b", "c"), ("b", "a")],
        [("a", "b"), ("c", "b"), ("a", "d"), ("a", "a")],
        [("a", "b"), ("d", "c"), ("d", "b"), ("a", "d")],
    ],
)
def test_no_two_lines_lie_upon_each_other(arrows: list[tuple[str, str]]) -> None:
    names = sorted({name for arrow in arrows for name in arrow})
    drawn = route(arrange(names, arrows), arrows)
    pieces = [
        (number, *min(piece), *max(piece))
        for number, way in enumerate(drawn.routes)
        for piece in (sorted(pair) for pair in pairwise(way.points))
    ]
    for (one, x, y, x2, y2), (other, u, v, u2, v2) in product(pieces, pieces):
        if one != other:
            assert not (x == x2 == u == u2 and max(y, v) < min(y2, v2))
            assert not (y == y2 == v == v2 and max(x, u) < min(x2, u2))


def test_tables_without_a_foreign_key_are_counted_beside_the_picture() -> None:
    tables = (drawing("a", column("id"), links=(link("a", "x"),)), drawing("b"), drawing("c"))
    [caption] = tree(report(finding("id", "a"), drawings=tables)).iter("figcaption")
    assert "2 more tables below have no foreign key to draw." in words(caption)
