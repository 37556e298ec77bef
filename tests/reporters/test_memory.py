"""The state that receivers keep of a target: each change of its text, within any room."""

from __future__ import annotations

from typing import Any

import pytest

from drift.reporters.memory import Entry, differences, is_uncertain, packed, state, unpacked
from tests.report.examples import check, finding, many

CHANGES: list[dict[str, Any]] = [
    {"cause": "changed-by-hand"},
    {"status": "still"},
    {"message": "other"},
    {"impact": "other"},
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_text_is_noticed_and_is_no_other_finding(change: dict[str, Any]) -> None:
    before, now = state(check(finding())), state(check(finding(**change)))
    assert before.content != now.content
    assert before.findings == now.findings


def test_the_hash_of_earlier_versions_stays() -> None:
    assert state(check(finding())).content == "62144c83d05bd24f"


@pytest.mark.parametrize("room", [10, 200, 2_000, 100_000])
def test_as_much_is_remembered_as_fits(room: int) -> None:
    entries = state(check(*many(300))).entries
    assert entries is not None
    text = packed(entries, room)
    assert len(text) <= max(room, 1)
    result = unpacked(text)
    if text == "-":
        assert result is None
    else:
        assert result is not None
        assert [entry.identity for entry in result] == [entry.identity for entry in entries]


@pytest.mark.parametrize("text", ["", "-", "x", "AAAA", "W10=", "eJyLjgUAARUAuQ=="])
def test_damaged_text_is_no_error(text: str) -> None:
    assert unpacked(text) in {None, ()}


def test_a_missing_finding_is_uncertain_if_not_everything_was_read() -> None:
    both = finding("a", fingerprint="1" * 16), finding("b", fingerprint="2" * 16)
    before = state(check(*both))
    assert is_uncertain(check(both[0], complete=False), before, state(check(both[0])))
    assert not is_uncertain(check(both[0]), before, state(check(both[0])))
    other = check(finding("c", fingerprint="3" * 16), complete=False)
    assert not is_uncertain(other, before, state(other))
    assert is_uncertain(other, None, state(other))
    assert differences(before, state(other)) == (
        [Entry("33333333", "missing-column", "public.users.c")],
        [
            Entry("11111111", "missing-column", "public.users.a"),
            Entry("22222222", "missing-column", "public.users.b"),
        ],
    )
