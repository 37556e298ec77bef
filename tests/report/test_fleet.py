"""The differences that several databases share: which they are, their order, their cost."""

from __future__ import annotations

import gc
import time
from typing import Any

import pytest

from drift.model import Severity
from drift.report.fleet import fleet
from drift.report.report import Check
from tests.report.examples import check, finding

SAME = {"cause": "changed-by-hand", "evidence": "e"}


def brief(*checks: Check) -> tuple[list[str], list[str]]:
    """Return each group as `targets: names`, and the names of each target's own findings."""
    split = fleet(checks)
    groups = [
        f"{' '.join(group.targets)}: {' '.join(item.object.name for item in group.findings)}"
        for group in split.groups
    ]
    return groups, [" ".join(item.object.name for item in own.findings) for own in split.own]


def test_what_one_database_has_is_its_own() -> None:
    assert brief(check(finding("a"), target="x")) == ([], ["a"])
    assert brief(check(finding("a"), target="x"), check(finding("b"), target="y")) == (
        [],
        ["a", "b"],
    )
    twice = check(finding("a"), finding("a"), target="x")
    assert brief(twice, check(target="y")) == ([], ["a a", ""])


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "extra-column"},
        {"severity": Severity.INFO},
        {"detail": "integer NOT NULL"},
        {"impact": "Another."},
        {"cause": "mixed"},
        {"evidence": "another"},
        {"table": "orders"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_difference_that_is_not_the_same_is_not_shared(changes: dict[str, Any]) -> None:
    one = check(finding("a", **SAME), target="x")
    assert brief(one, check(finding("a", **SAME), target="y")) == (["x y: a"], ["", ""])
    assert brief(one, check(finding("a", **(SAME | changes)), target="y"))[0] == []


def test_where_it_is_declared_and_its_fingerprint_do_not_matter() -> None:
    other = finding("a", location=None, fingerprint="fedcba9876543210", message="another sentence")
    assert brief(check(finding("a"), target="x"), check(other, target="y"))[0] == ["x y: a"]


def test_most_databases_come_first_then_the_worst_then_the_path() -> None:
    info = {"severity": Severity.INFO}
    a, b, z = finding("a"), finding("b"), finding("z", **info)
    y, early = finding("y", "zoo"), finding("k", "aaa", **info)
    checks = [
        check(a, b, z, target="1"),
        check(a, z, y, target="2"),
        check(a, b, early, target="3"),
        check(y, early, target="4"),
    ]
    groups, own = brief(*checks)
    assert groups == ["1 2 3: a", "1 3: b", "2 4: y", "3 4: k", "1 2: z"]
    assert own == ["", "", "", ""]
    assert brief(*checks) == (groups, own)


def test_causes_are_told_apart() -> None:
    mixed = finding("b", cause="mixed")
    checks = [check(finding("a", **SAME), mixed, target=name) for name in "xy"]
    assert brief(*checks)[0] == ["x y: a", "x y: b"]


def test_the_time_grows_with_the_number_of_findings_only() -> None:
    def seconds(targets: int) -> float:
        rows = [finding(f"c{number}") for number in range(20)]
        checks = [
            check(*rows, finding(f"own{number}"), target=f"t{number}") for number in range(targets)
        ]
        gc.collect()
        gc.disable()  # a collection would walk through what other tests left
        started = time.process_time()
        assert len(fleet(checks).groups) == 1
        gc.enable()
        return time.process_time() - started

    seconds(100)
    few, many = (min(seconds(targets) for _ in range(3)) for targets in (400, 4_000))
    assert many < 40 * max(few, 0.01)
