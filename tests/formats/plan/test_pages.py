"""The plan as Markdown and as a page, also of hundreds of steps, and in a real browser."""

from __future__ import annotations

import time

import msgspec
import pytest

from drift.formats.options import Options
from drift.formats.plan import FORMATS, render
from drift.formats.plan.html import SIZE
from drift.formats.plan.markdown import LARGEST
from drift.plan.operation import Operation
from drift.plan.step import Plan
from tests.formats.conftest import Show
from tests.formats.html.pages import classed, parsed, words
from tests.formats.plan.plans import BACK, STEPS, plan, proof, whole


def crowd(steps: int, wide: int = 0) -> Plan:
    """Return a plan of so many steps, with statements of so many more characters."""
    padding = " " + "x" * wide
    each = [
        msgspec.structs.replace(
            step,
            operations=tuple(
                Operation(sql=one.sql + padding.rstrip(), locks=one.locks)
                for one in step.operations
            ),
        )
        for step in STEPS
    ]
    return plan(*(each[number % len(each)] for number in range(steps)), downgrade=(BACK,) * steps)


@pytest.mark.parametrize("format_", FORMATS)
def test_500_steps_are_rendered_in_well_under_a_second(format_: str) -> None:
    of = crowd(500)
    render(format_, plan(), None, Options())
    began = time.process_time()
    text = render(format_, of, proof(of=of), Options())
    assert time.process_time() - began < 1.5
    assert "public.users" in text


def test_markdown_that_is_too_large_counts_the_other_steps() -> None:
    of = crowd(400, wide=5_000)
    text = render("markdown", of, None, Options())
    assert len(text.encode()) < LARGEST
    assert "more steps, not shown here." in text
    assert "- … and" in text


def test_a_page_that_is_too_large_counts_the_other_steps() -> None:
    text = render("html", crowd(800, wide=10_000), None, Options())
    assert len(text.encode()) < SIZE * 1.3
    assert "would make the page too large; the JSON format has all of them." in text
    assert "more reasons are below" in text


def test_markdown_has_a_section_per_step() -> None:
    text = render("markdown", whole(), proof("bad `x`"), Options())
    assert text.startswith("## Plan for `production`: 5 of 7 steps are ready; 1 needs a decision; ")
    assert "- step 7 (Drop the column `public.users.old`) needs --allow drop\n" in text
    assert "✗ the proof failed, 1 problem (PostgreSQL 18.6," in text
    assert "- bad `` `x` ``\n" in text
    assert "### 7. Drop the column `public.users.old` — **needs --allow drop**\n" in text
    assert "  - `--fill public.orders.state=NEW`: old rows get NEW\n" in text
    assert "- closes `missing-column public.users.role`\n" in text
    assert "1. Drop the column `public.users.role`\n" in text
    assert "\n\n\n" not in text


def test_markdown_names_the_problem_of_a_step() -> None:
    failed = proof("x")
    first = msgspec.structs.replace(failed.steps[0], problem="it failed")
    text = render("markdown", whole(), msgspec.structs.replace(failed, steps=(first,)), Options())
    assert "- **problem**: it failed\n- measured: ACCESS EXCLUSIVE on `public.users`; ca" in text


def test_a_page_has_the_state_of_each_step() -> None:
    root = parsed(render("html", whole(), proof(), Options()))
    steps = classed(root, "step", "section")
    assert [(step.get("class") or "").split()[1] for step in steps] == ["ok"] * 5 + ["error"] * 2
    assert "outside of a transaction" in words(steps[3])
    assert "--fill public.orders.state=NEW old rows get NEW" in words(steps[5])
    assert "drop: removes an object" in words(steps[6])
    banner = classed(root, "banner")[0]
    assert (banner.get("class") or "").split()[1] == "warning"


@pytest.mark.parametrize(
    ("of", "evidence", "level"),
    [
        (plan(STEPS[0]), proof(), "ok"),
        (plan(STEPS[0]), None, "warning"),
        (plan(STEPS[0]), proof("x"), "error"),
    ],
)
def test_the_banner_is_green_only_if_the_plan_is_proven(
    of: Plan, evidence: object, level: str
) -> None:
    root = parsed(render("html", of, evidence, Options()))  # type: ignore[arg-type]
    assert f"banner {level}" in [element.get("class") for element in root.iter("header")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_browser_shows_the_page_without_scrolling_aside(
    show: Show, width: int, scheme: str
) -> None:
    wide = msgspec.structs.replace(
        STEPS[0], title="x" * 300, operations=(Operation(sql="SELECT " + "y" * 900),)
    )
    page = show(render("html", plan(*STEPS, wide), proof(), Options()), width=width, scheme=scheme)
    assert page.complaints == []
    assert page.requests[1:] == []
    assert page.run("document.documentElement.scrollWidth") <= width
    assert "ALTER TABLE public.users ADD COLUMN IF NOT EXISTS role text;" in page.visible("pre")
    shown = page.run("getComputedStyle(document.body).backgroundColor")
    assert (shown == "rgb(245, 246, 248)") == (scheme == "light")
