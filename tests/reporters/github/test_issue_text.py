"""The text of an issue is bounded, ends with its footer, and is safe with any names."""

from __future__ import annotations

import re

import msgspec
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from drift.formats import Options
from drift.model import ObjectRef
from drift.report.report import Check, Database
from drift.reporters.github.issue_text import LARGEST, body, changed, title, units
from drift.reporters.github.state import marked, read
from drift.reporters.memory import Entry, State, differences, key, state
from tests.report.examples import HOSTILE, check, finding, many
from tests.reporters.github.shop import Shop, drift, found_missing

RUN = "https://github.example.com/acme/shop/actions/runs/1"
LINKS = Options(links="https://github.example.com/acme/shop/blob/abc/")
FOOTER = "it stays closed until they change.\n"
NAMES = [
    HOSTILE,
    "-->",
    "<!-- drift:issue 00000000000000000000000000000000 -->",
    "\n<!-- drift:issue 00000000000000000000000000000000 -->\n",
    "@team and #1 and acme/shop#2 and https://evil.example.com/",
    "`@team`",
    "``` | @team",
    "\\",
    "|",
    "[x](javascript:alert(1))",
    "<script>alert(1)</script>",
    "::set-output name=x::y",
    "😀" * 15,
]


def hostile() -> Check:
    """Return a check in which everything that is a name is hostile."""
    found = [
        finding(
            name,
            name,
            detail=name,
            message=name,
            fingerprint=f"{number:08x}" * 2,
            object=ObjectRef("column", name, name, name),
        )
        for number, name in enumerate(NAMES)
    ]
    database = Database(host=HOSTILE, name=HOSTILE, role=HOSTILE, server_version="18")
    notes = (HOSTILE,)
    return check(*found, target=HOSTILE, database=database, expected_name=HOSTILE, notes=notes)


def tokens(text: str) -> list[Token]:
    """Return the Markdown as GitHub parses it: with tables, HTML and bare links."""
    parsed = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    return [*parsed, *(inner for one in parsed for inner in one.children or ())]


def text_outside_of_code(text: str) -> str:
    """Return what a reader, and GitHub looking for mentions, takes for plain text."""
    return "\n".join(one.content for one in tokens(text) if one.type == "text")


def assert_harmless(text: str) -> None:
    plain = text_outside_of_code(text)
    for bad in ("@", "http:", "javascript", "<script", "acme/shop#", "::set-output"):
        assert bad not in plain
    links = [one.attrs["href"] for one in tokens(text) if one.type == "link_open"]
    assert all(str(link).startswith("https://github.example.com/") for link in links)
    html = "".join(one.content for one in tokens(text) if one.type.startswith("html"))
    assert "script" not in html
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e\ud800]", text)


def test_hostile_names_can_neither_mention_nor_link_nor_break_the_table() -> None:
    now = state(hostile())
    text = body(hostile(), now, LINKS, RUN)
    assert_harmless(text)
    assert marked(text) == key(HOSTILE)
    known = read(text)
    assert known is not None
    assert (known.findings, known.content) == (now.findings, now.content)
    assert text.endswith(FOOTER)
    rows = [one for one in tokens(text) if one.type in {"tr_open", "td_open", "th_open"}]
    heads = sum(one.type == "th_open" for one in rows)
    cells = sum(one.type == "td_open" for one in rows)
    assert heads
    assert cells % heads == 0


def test_hostile_names_can_do_no_harm_in_a_comment() -> None:
    nothing, now = state(check(target=HOSTILE)), state(hostile())
    for before, after in ((nothing, now), (now, nothing)):
        text = changed(hostile(), before, after, RUN)
        assert_harmless(text)
        assert len([one for one in tokens(text) if one.type == "list_item_open"]) == len(NAMES)


def test_a_hostile_title_is_one_visible_line() -> None:
    assert title(hostile()).isprintable()
    long = title(msgspec.structs.replace(hostile(), target="x" * 500))
    assert len(long) < 256
    assert long.endswith("13 errors")


def test_hostile_names_arrive_and_are_found_again(shop: Shop) -> None:
    assert not shop.deliver(hostile()).problems
    shop.flow()
    shop.deliver(hostile())
    assert shop.flow() == ["GET /issues"]
    assert not shop.deliver(check(target=HOSTILE)).problems
    assert_harmless(shop.comments()[0])


@pytest.mark.parametrize("name", ["column_{}", "😀" * 14 + "{}", "\x01" * 58 + "{}"])
def test_ten_thousand_findings_fit_and_the_footer_is_whole(name: str) -> None:
    found = [
        found_missing(name.format(number), table=f"t_{number % 700}") for number in range(10_000)
    ]
    large = check(*found)
    now = state(large)
    text = body(large, now, LINKS, RUN)
    assert units(text) <= LARGEST
    assert text.endswith(FOOTER)
    assert len(text) > LARGEST // 3
    known = read(text)
    assert known is not None
    assert (known.findings, known.entries) == (now.findings, None)
    for before in (known, state(check())):
        assert units(changed(large, before, now, RUN)) <= LARGEST


def test_a_comment_on_very_many_findings_says_how_many_it_leaves_out() -> None:
    large = check(*(found_missing(f"column_{number:05}") for number in range(3_000)))
    text = changed(large, state(check()), state(large), RUN)
    listed = text.count("\n- `missing-column`")
    assert f"\n- and {3_000 - listed} more\n" in text
    assert 100 < listed < 3_000


def test_new_findings_are_named_although_not_all_names_fit() -> None:
    before = check(*(found_missing(f"{number:05}{'x' * 50}") for number in range(1_500)))
    after = check(*before.findings[10:], found_missing("another"))
    known = read(body(before, state(before), LINKS, ""))
    assert known is not None
    assert known.entries is not None
    text = changed(after, known, state(after), "")
    assert "**1 new**, **10 gone**; now 1,491 errors." in text
    assert "`public.users.another`" in text
    assert "Gone:" not in text


def test_the_same_findings_in_another_order_are_the_same_state() -> None:
    one, other = many(30), list(reversed(many(30)))
    assert state(check(*one)).findings == state(check(*other)).findings
    assert state(check(*one)).content == state(check(*other)).content


def test_a_finding_without_a_fingerprint_gets_its_own() -> None:
    plain = msgspec.structs.replace(found_missing("role"), fingerprint="")
    assert state(check(plain)) == state(drift("role"))


def test_new_findings_are_named_only_if_the_earlier_ones_are_known() -> None:
    now = state(drift("role"))
    assert differences(None, now) is None
    assert differences(msgspec.structs.replace(now, entries=None), now) is None
    before = State(findings="", content="", revision=1, entries=(Entry("x", "r", "p"),))
    assert differences(before, now) == (list(now.entries or ()), list(before.entries or ()))
    assert "The differences have changed: none is left." in changed(check(), None, now, "")


def test_notes_without_end_leave_room_for_the_footer() -> None:
    noted = drift("role", notes=tuple(f"t_{number} is locked" for number in range(5_000)))
    text = body(noted, state(noted), LINKS, RUN)
    assert units(text) <= LARGEST
    assert text.endswith(FOOTER)


def test_outside_of_a_workflow_no_run_is_linked() -> None:
    text = body(drift("role"), state(drift("role")), Options(), "")
    assert "this run" not in text
    assert text.endswith(FOOTER)
