"""Markdown: whole, linked, bounded, and with a diagram that Mermaid itself can read."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from drift.formats import Options, resolve
from drift.formats.markdown import LARGEST, code, prose, section
from drift.formats.markdown_text import quoting
from drift.formats.mermaid import COLUMNS, TABLES, diagram
from drift.kinds import RULES
from drift.model import Location
from drift.report.drawing import Drawing, Link, Part
from drift.report.report import Check, Failure, Report
from tests.formats.conftest import Show
from tests.programs import npm_packages
from tests.report.examples import HOSTILE, Ignored, check, finding, many, report

LINKS = Options(links="https://github.com/acme/shop/blob/abc/", folder="src/")
render = resolve("markdown")


def html(text: str) -> str:
    return str(MarkdownIt("gfm-like", {"linkify": False}).render(text))


def cells(text: str) -> list[list[str]]:
    """Return the cells of every row of the tables, as a reader sees them."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    rows: list[list[str]] = []
    for before, token in pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        if before.type in {"td_open", "th_open"}:
            rows[-1].append("".join(child.content for child in token.children or []))
    return rows


def test_each_finding_is_a_row_with_a_link_to_the_models_line() -> None:
    text = render(report(finding()), LINKS)
    row = ["✗", "missing-column", "role", "text NOT NULL", "models.py:14"]
    assert [*row, "drift plan production --finding 0123456789abcdef"] in cells(text)
    url = "https://github.com/acme/shop/blob/abc/src/app/models.py#L14"
    assert f'<a href="{url}">' in html(text)


def test_without_a_repository_the_place_is_named_in_full() -> None:
    assert cells(render(report(finding()), Options()))[1][4] == "app/models.py:14"
    outside = render(report(finding(location=Location("/usr/lib/models.py", 3))), LINKS)
    assert cells(outside)[1][4] == "/usr/lib/models.py:3"
    assert "<a" not in html(outside)


def test_what_a_rule_breaks_and_how_to_close_it_is_said_once() -> None:
    text = render(report(finding("a"), finding("b"), finding("c", "orders")), Options())
    assert text.count("Every SELECT by the model fails.") == 1
    assert text.count(RULES["missing-column"].remedy) == 1


def test_the_table_with_most_errors_comes_first() -> None:
    findings = (finding(table="a"), finding("x", "b"), finding("y", "b"))
    text = render(report(*findings), Options())
    assert text.index("### `public.b`: 2 errors") < text.index("### `public.a`: 1 error")


def test_a_target_in_sync_says_what_was_compared_and_what_was_not() -> None:
    one = check(
        ignored=(Ignored(finding=finding(), reason="old"),),
        not_compared={"view": 2},
        notes=("users is locked",),
    )
    text = render(Report(checks=(one,)), Options())
    assert "## ✓ `production`: in sync" in text
    assert "5 tables and 61 columns compared" in text
    assert "> note: 1 difference ignored by the configuration" in text
    assert "> note: not compared: 2 views" in text
    assert "> note: users is locked" in text


def test_a_target_that_could_not_be_checked_comes_first() -> None:
    failed = Failure(target="staging", reason="no answer from db")
    text = render(Report(checks=(check(),), failures=(failed,)), Options())
    assert text.startswith("## ✗ `staging`: could not be checked\n\n`no answer from db`\n")


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "`",
        "``x`",
        " a ",
        "a|b",
        "a\\|b",
        "a\\",
        "\\\\|",
        "@team #1",
        "-->",
        "",
        HOSTILE,
        "x``",
    ],
)
def test_a_code_span_holds_any_text_and_nothing_else(text: str) -> None:
    [[one, two]] = cells(f"| {code(text, in_table=True)} | end |\n|---|---|")
    assert two == "end"
    inline = MarkdownIt("gfm-like", {"linkify": False}).parse(f"x {code(text)} y")[1]
    kinds = [child.type for child in inline.children or []]
    assert kinds == ["text", "code_inline", "text"]
    assert one.replace("\\x7c", "|") == (inline.children or [])[1].content.replace("\\x7c", "|")


def test_sentences_of_our_own_need_no_code_span() -> None:
    for rule in RULES.values():
        assert prose(rule.impact) == rule.impact
        assert prose(rule.remedy) == rule.remedy
    for harmful in ("see @team", "www.example.com", "https://x", "a*b*", "#1", "<b>", "[a](b)"):
        assert prose(harmful) == code(harmful)


@pytest.mark.parametrize("limit", [2_000, 5_000, 60_000])
def test_a_section_keeps_its_limit_by_leaving_out_whole_rows(limit: int) -> None:
    text = section(check(*many(2_000)), LINKS, limit=limit)
    assert len(text) <= limit
    [left] = re.findall(r"… and ([\d,]+) more differences, not shown here", text)
    shown = [row for row in cells(text) if len(row) == 6 and row[1] != "rule"]
    assert len(shown) + int(left.replace(",", "")) == 2_000
    assert "How" not in text.splitlines()[0]
    assert "### Impact and fix" in text


def test_the_whole_stays_below_what_a_summary_may_hold() -> None:
    names = ("é" * 31 + str(n) for n in range(400))
    checks = (
        check(*(replace(item, impact=name) for item in many(500)), target=name) for name in names
    )
    text = render(Report(checks=tuple(checks)), LINKS)
    assert 500_000 < len(text.encode()) <= LARGEST
    assert "more differences, not shown here" in text


def test_more_targets_than_fit_are_counted() -> None:
    findings = many(30)
    checks = tuple(check(*findings, target=f"{number}" * 60) for number in range(2_000))
    text = render(Report(checks=checks), LINKS)
    assert len(text.encode()) <= LARGEST
    assert re.search(r"\d+ more targets: cut here", text)


def column(name: str, expected: bool = True, actual: bool = True, **changes: str) -> Part:
    """Return a column that is on the sides told, with another type on the live one."""
    cells = {"type": "character varying(255)", "null": "NOT NULL", "default": ""}
    live = cells | changes
    return Part(
        kind="column",
        name=name,
        expected=cells if expected else None,
        actual=live if actual else None,
        marked=tuple(changes),
    )


def link(name: str = "users_team_id_fkey", target: str = "public.teams", **sides: bool) -> Link:
    return Link(
        name=name,
        table="public.users",
        columns=("team_id",),
        target=target,
        target_columns=("id",),
        **({"expected": True, "actual": True} | sides),
    )


def drawn(*parts: Part, links: tuple[Link, ...] = (), name: str = "users") -> Check:
    return check(
        finding(), drawings=(Drawing(schema="public", name=name, parts=parts, links=links),)
    )


def test_the_diagram_shows_what_differs_and_what_is_referred_to() -> None:
    found = diagram(
        drawn(
            column("role", actual=False),
            column("age", type="bigint"),
            column("same"),
            column("old", expected=False),
            links=(link(), link("gone", actual=False), link("more", expected=False)),
        )
    )
    assert found.splitlines() == [
        "```mermaid",
        "erDiagram",
        '  t1["public.users"] {',
        '    character_varying_255 role "missing"',
        '    character_varying_255 age "type differs"',
        '    character_varying_255 old "extra"',
        "  }",
        '  t2["public.teams"]',
        '  t1 }o--|| t2 : "users_team_id_fkey"',
        '  t1 }o..|| t2 : "gone (missing)"',
        '  t1 }o..|| t2 : "more (extra)"',
        "```",
    ]


def test_a_table_whose_columns_agree_is_drawn_without_them() -> None:
    found = diagram(drawn(column("same"), links=(link(actual=False),)))
    assert found.splitlines()[2] == '  t1["public.users"]'
    assert "same" not in found


def test_a_diagram_is_no_maze() -> None:
    one = drawn(*(column(f"c{n}", actual=False) for n in range(30))).drawings[0]
    found = diagram(check(drawings=(one,) * 30))
    assert "10 more tables with differences: not drawn." in found
    assert f'and more "{30 - COLUMNS} not drawn"' in found
    assert found.count("{\n") <= TABLES


def test_without_drawings_there_is_no_diagram() -> None:
    assert "mermaid" not in render(report(finding()), Options())


def hostile_diagram() -> str:
    names = [HOSTILE, "a b", '"', "1", "%%", "é", "end", "title", ";", "{", "x" * 300, "", "#quot;"]
    parts = [column(name, actual=False, type=name) for name in names[:COLUMNS]]
    links = tuple(link(name, target=f"public.{name}") for name in names)
    return diagram(drawn(*parts, links=links))


def test_mermaid_itself_reads_the_diagrams(show: Show) -> None:
    script = npm_packages("mermaid") / "mermaid" / "dist" / "mermaid.min.js"
    bodies = [text.strip().removeprefix("```mermaid\n").partition("```")[0] for text in (
        hostile_diagram(),
        diagram(drawn(*(column(f"c{number}", actual=False) for number in range(30)))),
        diagram(drawn(*(column(name, type=name) for name in ("pk", "FK", "Uk", "pk_id", "PKs")))),
        diagram(drawn(column("role", actual=False), links=(link(),))),
        "```mermaid\nerDiagram\n  t1 is no { diagram\n```",
    )]  # fmt: skip
    shown = show(f"<script src='{script.as_uri()}'></script>")
    outcomes = [
        shown.run(f"mermaid.parse({json.dumps(body)}).then(() => 'read', () => 'rejected')")
        for body in bodies
    ]
    assert outcomes == ["read"] * 4 + ["rejected"]


@pytest.mark.parametrize(
    ("note", "shown"),
    [
        ("it only needs CONNECT: `drift doctor` prints the SQL", None),
        ("run `a b` (or `c`), then @me", "run `a b` (or `c`), then `@me`"),
        ("a `b`[x](y)", "``a `b`[x](y)``"),
        ("`a``b`", "``` `a``b` ```"),
        ("one ` alone", "``one ` alone``"),
        ("`a` `b`", "`a` `b`"),
    ],
)
def test_a_note_keeps_its_code_spans_and_has_no_other_markup(note: str, shown: str | None) -> None:
    assert quoting(note) == (note if shown is None else shown)
