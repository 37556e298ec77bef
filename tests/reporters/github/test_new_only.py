"""`notify: new`: the issue is kept up to date, and only new findings cause a comment."""

from __future__ import annotations

from pathlib import Path

from drift.history import History
from drift.report.report import Check, Report
from tests.reporters.github.shop import Shop, drift


def aged(path: Path, *names: str) -> Check:
    """Return the check of the next run, with the age of its findings."""
    history = History(path / "history")
    report = history.aged(Report(checks=(drift(*names),)))
    history.record(report)
    [check] = report.checks
    return check


def test_only_new_findings_cause_a_comment(shop: Shop, tmp_path: Path) -> None:
    def deliver(*names: str) -> str:
        [note] = shop.deliver(aged(tmp_path, *names), notify="new").notes
        return note.replace(shop.name, "")

    quiet = ", without a comment: no finding is new"
    assert deliver("role", "email") == "production: opened #1"
    assert (
        deliver("role", "email") == "production: updated the text of #1; the findings are the same"
    )
    assert deliver("role", "email") == "production: #1 is unchanged"
    assert deliver("role") == f"production: updated #1{quiet}"
    assert shop.comments() == []
    assert "email" not in shop.issue()["body"].split("**1 still there, 1 gone")[0]
    assert deliver("role", "phone") == "production: updated #1"
    assert len(shop.comments()) == 1
    assert deliver("role", "email", "phone") == "production: updated #1"
    assert "1 back, 2 still there" in shop.comments()[1]
    assert deliver() == f"production: closed #1{quiet}"
    assert shop.issue()["state"] == "closed"
    assert len(shop.comments()) == 2


def test_all_is_the_default(shop: Shop, tmp_path: Path) -> None:
    shop.deliver(aged(tmp_path, "role", "email"))
    shop.deliver(aged(tmp_path, "role"))
    [comment] = shop.comments()
    assert "Compared with the last run: 1 still there, 1 gone (`public.users.email`" in comment
