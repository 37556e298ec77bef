"""What no migration makes, and the sentence that sums up the causes."""

from __future__ import annotations

import pytest

from drift.causes.history import History
from drift.causes.summary import summary
from drift.causes.unmigrated import unmigrated
from drift.model import Severity
from drift.report import causes
from drift.report.finding import Finding
from tests.causes.examples import (
    EXTRA,
    LIVE_TEXT,
    MISSING,
    TABLE,
    history,
)
from tests.report.examples import finding

UNMIGRATED: list[tuple[str, History, list[Finding], list[str]]] = [
    ("a table", history([[TABLE], [TABLE]]), [], ["table users is in the models and"]),
    ("a column", history([[TABLE], [MISSING]]), [], ["column role is in the models and"]),
    ("a type", history([[TABLE], [LIVE_TEXT]]), [], ["column id is the same in the models and"]),
    ("an extra column", history([[TABLE], [EXTRA]]), [], ["column legacy is made by the migr"]),
    ("what the database lacks too", history([[TABLE], [MISSING]]), [MISSING], []),
    ("what a pending migration changes", history([[TABLE], []], [[EXTRA]]), [], []),
    ("what a pending migration makes", history([[TABLE], [MISSING]], [[]]), [], []),
    ("no version table", history([], [[TABLE]], has_version_table=False), [], ["table users is"]),
    ("create_all", history([[TABLE], [TABLE]], from_models=("0001",)), [], []),
    ("no migrations", History(), [], []),
]


@pytest.mark.parametrize(
    ("made", "live", "messages"),
    [pytest.param(*case[1:], id=case[0]) for case in UNMIGRATED],
)
def test_what_no_migration_makes_is_a_finding_though_models_and_database_agree(
    made: History, live: list[Finding], messages: list[str]
) -> None:
    findings = list(unmigrated(made, live))
    assert len(findings) == len(messages)
    for item, message in zip(findings, messages, strict=True):
        assert item.message.startswith(message)
        assert (item.rule, item.cause) == ("not-in-migrations", causes.UNMIGRATED)
        assert item.severity is Severity.WARNING


def test_a_comment_that_no_migration_makes_is_information() -> None:
    comment = finding("id", rule="comment-mismatch", severity=Severity.INFO)
    findings = unmigrated(history([[TABLE], [comment]]), [])
    assert [item.severity for item in findings] == [Severity.INFO]


def test_the_causes_are_summed_up() -> None:
    by_hand = finding("a", cause=causes.BY_HAND)
    pending = finding("b", cause=causes.PENDING, revision="3f2a")
    lacking = finding("c", cause=causes.MISSING)
    stamped = finding("d", cause=causes.STAMPED, revision="0001")
    names = {"3f2a": "3f2a (add roles)", "0001": "0001 (first)"}
    findings = [*[by_hand] * 3, *[pending] * 2, lacking]
    assert summary(findings, names) == (
        "3 of 6 were changed by hand; 2 wait for migration 3f2a (add roles); "
        "1 is a change of the models without a migration"
    )
    assert summary([stamped], names) == (
        "1 of 1 is of migration 0001 (first), which the version table names, but the database lacks"
    )
    assert summary([finding("e")], names) == ""


def test_each_cause_has_words() -> None:
    for word in causes.CAUSES:
        assert summary([finding("a", cause=word)], {}).startswith("1 of 1 ")
