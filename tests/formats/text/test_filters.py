"""`--table` and `--rule` hide differences, say how many, and change no count of a target."""

from __future__ import annotations

from typing import Any

import pytest

from drift.model import ObjectRef, Severity
from tests.formats.text.printed import text
from tests.report.examples import check, finding, report

MOOD = ObjectRef("enum", "public", None, "mood")
FINDINGS = (
    finding("role"),
    finding("total", "orders"),
    finding("note", "orders", rule="extra-column", severity=Severity.WARNING),
    finding("mood", rule="missing-enum", object=MOOD),
    finding("id", "items", object=ObjectRef("column", "tenant_*", "items", "id"),
            schemas=("tenant_1", "tenant_2"), rule="missing-index"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"tables": ("users",)}, ["role"]),
        ({"tables": ("public.users",)}, ["role"]),
        ({"tables": ("o*",)}, ["total", "note"]),
        ({"tables": ("users", "orders")}, ["role", "total", "note"]),
        ({"tables": ("mood",)}, ["ENUM"]),
        ({"tables": ("tenant_2.items",)}, ["id"]),
        ({"tables": ("tenant_*.items",)}, ["id"]),
        ({"rules": ("extra-column",)}, ["note"]),
        ({"rules": ("*-column",)}, ["role", "total", "note"]),
        ({"rules": ("*-column",), "tables": ("orders",)}, ["total", "note"]),
        ({"rules": ("missing-enum",), "tables": ("orders",)}, []),
    ],
)
def test_a_filter_shows_what_it_names(options: dict[str, Any], shown: list[str]) -> None:
    details = {"role": "role", "total": "total", "note": "note", "ENUM": "mood", "id": "id"}
    findings = [
        finding(f.object.name, detail=name, object=f.object, rule=f.rule, severity=f.severity,
                schemas=f.schemas)
        for name, f in zip(details, FINDINGS, strict=True)
    ]  # fmt: skip
    printed = text(report(*findings), **options)
    rows = [line.split() for line in printed.splitlines() if line.startswith("      ")]
    assert [name for name in details if any(name in row for row in rows)] == shown
    hidden = len(FINDINGS) - len(shown)
    assert f"{len(shown)} of 5 differences shown, {hidden} hidden" in " ".join(printed.split())
    assert printed.splitlines()[-1].startswith("production: 4 errors, 1 warning;")


def test_the_line_about_the_filter_repeats_it() -> None:
    printed = text(report(*FINDINGS), tables=("users",), rules=("missing-*",), width=120)
    assert "filter --table users --rule missing-*: 1 of 5 differences shown, 4 hidden" in printed
    assert "filter" not in text(report(*FINDINGS))


def test_a_mistyped_table_gets_a_hint() -> None:
    printed = text(report(*FINDINGS, tables=("public.users", "public.orders")), tables=("user",))
    assert "0 of 5 differences shown, 5 hidden; did you mean users?" in printed


def test_a_filter_applies_to_the_summary() -> None:
    printed = text(report(*FINDINGS), summary=True, rules=("extra-*",))
    assert printed.splitlines()[0] == "production  ! extra-column  warning in 1 table"
    assert "missing-column" not in printed


def test_a_target_without_a_shown_difference_is_only_counted() -> None:
    two = report(*FINDINGS)
    both = type(two)(checks=(*two.checks, check(finding("x", "items"), target="eu")))
    printed = text(both, tables=("users",))
    assert "production ─" in printed
    assert "eu ─" not in printed
    assert "eu: 1 error;" in printed
