"""The page in a real browser: filters, keys, themes, print, and nothing that it should not do."""

from __future__ import annotations

from typing import Any

import pytest

from drift.model import Severity
from drift.report.report import Failure, Report
from tests.formats.chromium import Page
from tests.formats.conftest import Show
from tests.formats.html.pages import column, crowd, drawing, link, page, retyped, shop
from tests.formats.html.test_hostile import NAMES, report_of
from tests.programs import npm_packages
from tests.report.examples import HOSTILE, check, finding, report

ERRORS = 'button[data-level="error"]'
THEME = "getComputedStyle(document.body).backgroundColor"
ESCAPE = """document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", {key: "Escape", bubbles: true}))"""
"""The key without what Chromium itself does on it, since not every browser does."""
ALL = ["role", "mood", "age", "total", "note"]


def names(shown: Page) -> list[str]:
    """Return the names of the findings that are to be seen."""
    return shown.visible("li.finding .message > code")


def focused(shown: Page) -> str:
    found: str = shown.run("(document.activeElement.innerText || document.activeElement.id).trim()")
    return found


def test_everything_is_shown_at_first(show: Show) -> None:
    shown = show(shop())
    assert sorted(names(shown)) == sorted(ALL)
    assert shown.visible("#said") == ["Showing all 5 findings"]
    assert show(report(finding())).visible("#said") == ["Showing 1 of 1 finding"]


def test_a_severity_is_hidden_and_shown_again(show: Show) -> None:
    shown = show(shop())
    shown.click(ERRORS)
    assert sorted(names(shown)) == ["age", "note", "total"]
    assert shown.visible("#said") == ["Showing 3 of 5 findings"]
    assert shown.visible("section.table h3") == ["public.users", "public.orders"]
    assert len(shown.visible("nav.contents a")) == 2
    shown.click(ERRORS)
    assert sorted(names(shown)) == sorted(ALL)


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("orders", ["note", "total"]),
        ("ORDERS note", ["note"]),
        ("missing-enum", ["mood"]),
        ("select", ["mood", "note", "role"]),
        ("database integer", ["age", "total"]),
        ("nowhere", []),
    ],
)
def test_text_finds_tables_columns_rules_and_words(show: Show, typed: str, left: list[str]) -> None:
    shown = show(shop())
    shown.keyboard.press("/")
    shown.keyboard.type(typed)
    assert sorted(names(shown)) == left
    assert shown.visible("#said") == [f"Showing {len(left)} of 5 findings"]
    if not left:
        assert not shown.visible("section.table")


def test_a_slash_goes_to_the_filter_and_escape_empties_it(show: Show) -> None:
    shown = show(shop())
    shown.keyboard.press("/")
    assert focused(shown) == "search"
    shown.keyboard.type("a/b")
    assert shown.run("document.getElementById('search').value") == "a/b"
    assert names(shown) == []
    shown.run(ESCAPE)
    assert shown.run("document.getElementById('search').value") == ""
    shown.keyboard.type("x")
    shown.keyboard.press("Escape")
    assert sorted(names(shown)) == sorted(ALL)


def test_the_tabulator_reaches_all_that_can_be_used(show: Show) -> None:
    shown = show(shop())
    reached = []
    for _ in range(20):
        shown.keyboard.press("Tab")
        reached.append(focused(shown))
    assert reached[:7] == [
        "Skip to the findings",
        "✕ 2 errors",
        "! 2 warnings",
        "i 1 info",
        "search",
        "Show unchanged rows",
        "◐ Dark",
    ]
    assert reached[7:10] == ["public.users", "public.mood", "public.orders"]
    assert {"Models and database side by side", "2 unchanged columns", "1 unchanged column"} <= set(
        reached
    )


def test_buttons_answer_to_the_keyboard_and_show_the_focus(show: Show) -> None:
    shown = show(shop())
    shown.keyboard.press("Tab")
    assert shown.run("document.activeElement.getBoundingClientRect().top >= 0")
    shown.keyboard.press("Tab")
    assert shown.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for key in (" ", "Enter"):
        before = shown.run("document.activeElement.getAttribute('aria-pressed')")
        shown.keyboard.press(key)
        assert shown.run("document.activeElement.getAttribute('aria-pressed')") != before


def test_severities_and_text_filter_together_by_keyboard_alone(show: Show) -> None:
    shown = show(shop())
    shown.keyboard.press("Tab")
    shown.keyboard.press("Tab")
    shown.keyboard.press(" ")
    shown.keyboard.press("/")
    shown.keyboard.type("users")
    assert names(shown) == ["age"]
    shown.keyboard.press("Escape")
    assert sorted(names(shown)) == ["age", "note", "total"]


def test_the_filters_are_kept_in_the_address(show: Show) -> None:
    shown = show(shop())
    shown.click(ERRORS)
    shown.keyboard.press("/")
    shown.keyboard.type("users")
    assert shown.run("location.hash") == "#?hide=error&q=users"
    shown.reload()
    assert names(shown) == ["age"]
    assert shown.run(f"document.querySelector('{ERRORS}').getAttribute('aria-pressed')") == "false"
    shown.click(ERRORS)
    shown.keyboard.press("/")
    shown.keyboard.press("Escape")
    assert shown.run("location.hash") == ""


def test_unchanged_rows_are_folded_until_they_are_asked_for(show: Show) -> None:
    shown = show(shop())
    assert not shown.visible("tbody.same tr")
    shown.click("tbody.fold button")
    assert len(shown.visible("tbody.same tr")) == 2
    shown.click("#unfold")
    assert len(shown.visible("tbody.same tr")) == 3
    shown.click("#unfold")
    assert not shown.visible("tbody.same tr")


def test_the_theme_follows_the_system_until_one_is_chosen(show: Show) -> None:
    light, dark = show(shop()), show(shop(), scheme="dark")
    white, black = light.run(THEME), dark.run(THEME)
    assert white != black
    light.click("#theme")
    assert light.run(THEME) == black
    assert light.run("document.querySelector('#theme').getAttribute('aria-pressed')") == "true"
    light.reload()
    assert light.run(THEME) == black
    light.click("#theme")
    assert light.run(THEME) == white


def test_without_script_everything_is_visible_and_no_dead_button(show: Show) -> None:
    shown = show(shop(), script=False)
    assert sorted(names(shown)) == sorted(ALL)
    assert len(shown.visible("table.sides tbody th[scope=row]")) == 7
    assert shown.visible("mark") == ["text", "integer"] * 2
    assert not shown.visible("button, input")


def test_paper_shows_unchanged_rows_and_folded_tables_but_no_button(show: Show) -> None:
    shown = show(shop())
    shown.run("document.querySelectorAll('details').forEach(one => { one.open = false })")
    assert not shown.visible("mark")
    shown.print()
    assert shown.visible("mark") == ["text", "integer"] * 2
    assert len(shown.visible("tbody.same tr")) == 3
    assert not shown.visible("button, input")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_page_is_wider_than_its_window(show: Show, width: int) -> None:
    long = "x" * 63
    keys = tuple(link("users", f"t{n}", "missing", name=long) for n in range(8))
    wide = report(
        finding(long, detail=long * 4),
        *(finding(rule="odd", message=HOSTILE * 9) for _ in range(2)),
        retyped(long, long),
        drawings=(drawing("users", column(long, {"type": long * 3}, None), links=keys),),
        notes=(long * 9,),
        expected_name=long * 3,
    )
    several = Report(
        checks=(*wide.checks, check(target=long)), failures=(Failure(target=long, reason=long * 9),)
    )
    for of in (wide, several, shop()):
        shown = show(of, width=width)
        assert shown.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("of", [shop(), report(), Report(checks=()), *map(report_of, NAMES[:6])])
def test_the_page_asks_for_nothing_and_nothing_complains(show: Show, of: Report) -> None:
    shown = show(of)
    shown.run("window.alert = () => { throw Error('called') }; null")
    for selector in ("button", "summary"):
        shown.run(f"document.querySelectorAll('{selector}').forEach(one => one.click())")
    shown.keyboard.press("/")
    shown.keyboard.type("a")
    assert [url.partition(":")[0] for url in shown.requests] in (["file"], ["file", "data"])
    assert shown.complaints == []


@pytest.mark.parametrize(
    "smuggled",
    [
        "<script>document.title = 'taken over'</script>",
        "<b onfocus=\"document.title = 'taken over'\" tabindex=0 autofocus>x</b>",
        "<img src='http://127.0.0.1:9/x.png'>",
        "<iframe src='http://127.0.0.1:9/'></iframe>",
        "<style>h1 { display: none }</style>",
        "<link rel=stylesheet href='http://127.0.0.1:9/x.css'>",
    ],
)
def test_the_policy_stops_what_would_get_into_the_page_all_the_same(
    show: Show, smuggled: str
) -> None:
    shown = show(page(shop()).replace("<h1>", f"{smuggled}<h1>"))
    assert "drifted" in shown.run("document.title")
    assert shown.visible("h1")
    assert "Content Security Policy" in str(shown.complaints)


def test_thousands_of_findings_are_filtered_in_a_moment(show: Show) -> None:
    shown = show(crowd(1_000, 15, 20))
    [before] = shown.visible("#said")
    assert before.endswith("findings on this page")
    milliseconds = shown.run("""(() => {
        const search = document.getElementById('search'), began = performance.now();
        for (const typed of ['table_7 column_3', '', 'table_7']) {
            search.value = typed;
            search.dispatchEvent(new Event('input'));
            document.body.offsetHeight;
        }
        return performance.now() - began;
    })()""")
    assert milliseconds < 3_000
    assert shown.visible("#said") != [before]


def test_a_link_leads_to_a_table_far_down_and_the_browser_finds_its_words(show: Show) -> None:
    last = retyped("x", "zebra", severity=Severity.INFO, detail="a needle")
    shown = show(report(*crowd(300, 3).checks[0].findings, last))
    assert shown.run("window.find('a needle')")
    shown.run("[...document.querySelectorAll('nav.contents a')].at(-20).click()")
    shown.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    top = shown.run("document.querySelector(':target').getBoundingClientRect().top")
    assert 0 <= top < 200


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_no_rule_of_accessibility_is_broken(show: Show, width: int, scheme: str) -> None:
    axe = npm_packages("axe") / "axe-core" / "axe.min.js"
    failed, other = Failure(target="old", reason="refused"), check(target="staging")
    several = Report(checks=(*shop().checks, other), failures=(failed,))
    for of in (shop(), several):
        shown = show(of, width=width, scheme=scheme)
        shown.run(f"{axe.read_text(encoding='utf-8')};0")
        broken: Any = shown.run(
            "axe.run().then(all => all.violations.map(one => [one.id, one.nodes[0].html]))"
        )
        assert broken == []
