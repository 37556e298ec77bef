"""Reports to render."""

from __future__ import annotations

import datetime
from typing import Any

from drift.model import Location, ObjectRef, Severity
from drift.report.finding import Finding, Ignored
from drift.report.report import Check, Database, Failure, Report

FACTS: dict[str, Any] = {
    "type": "text",
    "nullable": False,
    "default": None,
    "identity": None,
    "generated": None,
    "stored": None,
    "collation": None,
    "collation_schema": None,
    "comment": None,
}
"""The facts of a column, as `drift.kinds.column` tells them."""

HOSTILE = "a\nb\x1b[31m::set-output name=x::y`|@team<script>-->\u202eend\u200b\ud800" + "😀" * 8


def finding(name: str = "role", table: str = "users", **changes: Any) -> Finding:
    """Return a missing column, with some changes."""
    facts: dict[str, Any] = {
        "rule": "missing-column",
        "severity": Severity.ERROR,
        "object": ObjectRef("column", "public", table, name),
        "message": f"column {name} (text NOT NULL) is declared by the models but missing",
        "detail": "text NOT NULL",
        "impact": "Every SELECT by the model fails.",
        "expected": FACTS,
        "location": Location("app/models.py", 14),
        "fingerprint": "0123456789abcdef",
    }
    return Finding(**(facts | changes))


STARTED = datetime.datetime(2026, 6, 15, 3, 0, 59, tzinfo=datetime.UTC)


def check(*findings: Finding, **changes: Any) -> Check:
    """Return the check of one target."""
    facts: dict[str, Any] = {
        "target": "production",
        "expected_source": "models",
        "expected_name": "app.models:Base",
        "database": Database(host="db", name="shop", role="reader", server_version="18.6"),
        "findings": findings,
        "compared": {"tables": 5, "columns": 61},
        "started_at": STARTED,
        "duration": 0.25,
    }
    return Check(**(facts | changes))


def report(*findings: Finding, **changes: Any) -> Report:
    """Return a report of one check."""
    return Report(checks=(check(*findings, **changes),), started_at=STARTED, duration=0.25)


def many(count: int) -> list[Finding]:
    """Return findings over several tables, rules and severities, with long names."""
    rules = [
        ("missing-column", Severity.ERROR),
        ("column-type-mismatch", Severity.WARNING),
        ("comment-mismatch", Severity.INFO),
    ]
    return [
        finding(
            f"column_{number}_{'long_' * (number % 11)}"[:63],
            f"table_{number % 9}_{'x' * (number % 50)}",
            rule=rules[number % 3][0],
            severity=rules[number % 3][1],
            detail="type: models character varying(255), database timestamp with time zone",
            location=Location(f"app/some/deep/folder/models_{number % 4}.py", number + 1),
        )
        for number in range(count)
    ]


__all__ = ["HOSTILE", "Failure", "Ignored", "check", "finding", "many", "report"]
