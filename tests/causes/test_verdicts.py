"""The cause of a difference, by the sides that agree."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from drift.causes.decide import Judge
from drift.causes.history import History, Revision, Step
from drift.causes.sides import Side
from drift.report import causes
from drift.report.finding import Finding
from tests.causes.examples import (
    ADDED,
    EXTRA,
    EXTRA_TABLE,
    FIRST,
    LATER,
    LIVE_INT,
    LIVE_TEXT,
    MISSING,
    OTHER,
    TABLE,
    history,
)


def cause(made: History, live: Sequence[Finding], asked: Finding) -> tuple[str, str, str]:
    judged = Judge(made, live).judged(asked)
    return judged.cause, judged.revision, judged.evidence


ALL = (MISSING, LIVE_TEXT, TABLE)
"""Differences of an empty database."""

CASES: list[tuple[str, History, list[Finding], Finding, str, str, str]] = [
    (
        "a column of a migration that has not run",
        history([[TABLE], [MISSING]], [[], []]),
        [MISSING], MISSING, causes.PENDING, "3f2a", "add roles",
    ),
    (
        "a column of the second pending migration",
        history([[TABLE], [MISSING]], [[MISSING], []]),
        [MISSING], MISSING, causes.PENDING, "9abc", "drop legacy",
    ),
    (
        "a column that a pending migration drops",
        history([[TABLE], [EXTRA]], [[]]),
        [EXTRA], EXTRA, causes.PENDING, "3f2a", "removes it",
    ),
    (
        "a type that a pending migration changes",
        history([[TABLE], [LIVE_TEXT]], [[]]),
        [LIVE_TEXT], LIVE_TEXT, causes.PENDING, "3f2a", "makes it as the models declare",
    ),
    (
        "a column that no migration makes",
        history([[TABLE], [MISSING]]),
        [MISSING], MISSING, causes.MISSING, "", "no migration makes it",
    ),
    (
        "a column that no migration drops",
        history([[TABLE], [EXTRA]]),
        [EXTRA], EXTRA, causes.MISSING, "", "no migration removes it",
    ),
    (
        "a type that no migration changes",
        history([[TABLE], [LIVE_TEXT]], [[LIVE_TEXT]]),
        [LIVE_TEXT], LIVE_TEXT, causes.MISSING, "", "no migration makes it as",
    ),
    (
        "a table that no migration makes",
        history([[TABLE], [TABLE]]),
        [TABLE], TABLE, causes.MISSING, "", "no migration makes it",
    ),
    (
        "a column added by hand",
        history([[TABLE], []]),
        [EXTRA], EXTRA, causes.BY_HAND, "", "at the database's revision 0001 (first)",
    ),
    (
        "a type changed by hand",
        history([[TABLE], []]),
        [LIVE_TEXT], LIVE_TEXT, causes.BY_HAND, "", "the migrations have it as the models declare",
    ),
    (
        "a column dropped by hand, in a table of an earlier revision",
        history([[], []]),
        [MISSING], MISSING, causes.BY_HAND, "", "the migrations have it",
    ),
    (
        "a type in a table that no migration makes",
        history([[TABLE], [TABLE]]),
        [LIVE_TEXT], LIVE_TEXT, causes.UNMIGRATED, "", "no migration makes the table users",
    ),
    (
        "a column missing from a table that no migration makes",
        history([[TABLE], [TABLE]]),
        [MISSING, LIVE_TEXT], MISSING, causes.MISSING, "", "no migration makes the table users",
    ),
    (
        "an extra column in a table that no migration makes",
        history([[TABLE], [TABLE]]),
        [EXTRA], EXTRA, causes.BY_HAND, "", "the migrations do not have it",
    ),
    (
        "the only change of the last revision is absent",
        history([[MISSING], []]),
        [MISSING], MISSING, causes.STAMPED, "0001",
        "but none of its changes to the compared objects is here",
    ),
    (
        "one of two changes of the last revision is absent",
        history([[MISSING, OTHER], []]),
        [MISSING], MISSING, causes.BY_HAND, "",
        "1 of the 2 changes of migration 0001 (first) is not here",
    ),
    (
        "beside a revision that did not run, a change by hand",
        history([[MISSING, OTHER], []]),
        [MISSING, OTHER, EXTRA], EXTRA, causes.BY_HAND, "", "the migrations do not have it",
    ),
    (
        "a table added by hand",
        history([[TABLE], []]),
        [EXTRA_TABLE], EXTRA_TABLE, causes.BY_HAND, "", "do not have it",
    ),
    (
        "a table that other migrations of the database may have made",
        history([[TABLE], []], others=("alembic_version_fab",)),
        [EXTRA_TABLE], EXTRA_TABLE, causes.UNKNOWN, "",
        "alembic_version_fab is a version table of other migrations, which may have made it",
    ),
    (
        "a column added by hand, beside other migrations",
        history([[TABLE], []], others=("one", "two")),
        [EXTRA], EXTRA, causes.BY_HAND, "", "do not have it",
    ),
    (
        "a type changed by hand, which a pending migration will change",
        history([[TABLE], [LIVE_INT]], [[]]),
        [LIVE_TEXT], LIVE_TEXT, causes.MIXED, "3f2a", "changed by hand",
    ),
    (
        "a type changed by hand, which no migration makes as declared",
        history([[TABLE], [LIVE_INT]]),
        [LIVE_TEXT], LIVE_TEXT, causes.MIXED, "", "no migration makes it as the models declare",
    ),
    (
        "a pending migration changes it, but to something else",
        history([[TABLE], [LIVE_TEXT]], [[LIVE_INT]]),
        [LIVE_TEXT], LIVE_TEXT, causes.MIXED, "", "still not as the models declare",
    ),
    (
        "another spelling of the same on another server",
        history([[TABLE], [LIVE_INT]], unlike_applied=frozenset()),
        [LIVE_TEXT], LIVE_TEXT, causes.MISSING, "", "no migration makes it as",
    ),
    (
        "no version table, and head has it",
        history([], [[]], has_version_table=False),
        [MISSING], MISSING, causes.CREATED, "", "create_all or a person made it",
    ),
    (
        "no version table, and no migration makes it",
        history([], [[MISSING]], has_version_table=False),
        [MISSING], MISSING, causes.MISSING, "", "no migration makes it",
    ),
    (
        "no version table, and a table that no migration makes",
        history([], [[TABLE]], has_version_table=False),
        [LIVE_TEXT], LIVE_TEXT, causes.UNMIGRATED, "", "no migration makes the table users",
    ),
    (
        "a revision that the project does not have",
        history([], [[]], unknown=("dead",)),
        [EXTRA], EXTRA, causes.DELETED, "", "revision dead, which the project does not have",
    ),
    (
        "head has something else than both",
        history([], [[LIVE_INT]], unknown=("dead",)),
        [LIVE_TEXT], LIVE_TEXT, causes.DELETED, "", "have something else",
    ),
    (
        "a migration that calls create_all",
        history([[TABLE], []], from_models=("0001",)),
        [MISSING], MISSING, causes.UNKNOWN, "", "migration 0001 calls create_all",
    ),
    (
        "no migrations",
        History(),
        [MISSING], MISSING, causes.UNKNOWN, "", "no migrations",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "live", "asked", "expected"),
    [pytest.param(*case[1:4], case[4:], id=case[0]) for case in CASES],
)
def test_the_sides_that_agree_decide(
    made: History, live: list[Finding], asked: Finding, expected: tuple[str, str, str]
) -> None:
    word, revision, evidence = cause(made, live, asked)
    assert (word, revision) == expected[:2]
    assert expected[2] in evidence


def test_only_a_migration_that_commits_in_between_stops_halfway() -> None:
    for divisible, word in ((True, causes.STAMPED), (False, causes.BY_HAND)):
        revision = Revision("0001", "first", divisible=divisible)
        made = History(applied=(Step(None, Side([MISSING, OTHER])), Step(revision, Side([]))))
        judged = Judge(made, [MISSING]).judged(MISSING)
        assert judged.cause == word
        assert "1 of the 2 changes of migration 0001 (first) is not here" in judged.evidence


def test_a_stamp_that_skipped_several_revisions_names_each_one() -> None:
    made = History(
        applied=(
            Step(FIRST, Side([MISSING, OTHER])),
            Step(ADDED, Side([OTHER])),
            Step(LATER, Side([])),
        )
    )
    judge = Judge(made, [MISSING, OTHER])
    assert judge.judged(MISSING).revision == "3f2a"
    assert judge.judged(OTHER).revision == "9abc"


def test_a_revision_before_one_that_ran_did_run() -> None:
    """What is absent of it was undone by hand."""
    made = History(
        applied=(
            Step(FIRST, Side([MISSING, OTHER])),
            Step(ADDED, Side([OTHER])),
            Step(LATER, Side([])),
        )
    )
    assert Judge(made, [MISSING]).judged(MISSING).cause == causes.BY_HAND


def test_a_revision_of_data_alone_is_no_evidence() -> None:
    made = History(
        applied=(Step(FIRST, Side([MISSING])), Step(ADDED, Side([])), Step(LATER, Side([])))
    )
    assert Judge(made, [MISSING]).judged(MISSING).cause == causes.STAMPED
