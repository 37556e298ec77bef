"""What an ignore entry covers, what it leaves, and what is said about the entries themselves."""

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.check.policy import Outcome, apply
from drift.config import IgnoreEntry
from drift.model import ObjectRef, Severity
from drift.report.finding import Finding

TODAY = datetime.date(2026, 6, 15)


def finding(rule: str, ref: ObjectRef, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(rule=rule, severity=severity, object=ref, message="differs", impact="breaks")


def table(name: str, schema: str = "public") -> ObjectRef:
    return ObjectRef("table", schema, name, name)


def column(table: str, name: str, schema: str = "public") -> ObjectRef:
    return ObjectRef("column", schema, table, name)


def enum(name: str) -> ObjectRef:
    return ObjectRef("enum", "public", None, name)


def entry(rule: str = "*", pattern: str = "*", **options: Any) -> IgnoreEntry:
    options = {"declared_at": "drift.yaml:12"} | options
    return IgnoreEntry(rule=rule, object=pattern, reason="known", **options)


def outcome(findings: list[Finding], *ignore: IgnoreEntry, **severity: Severity) -> Outcome:
    levels = {rule.replace("_", "-"): level for rule, level in severity.items()}
    return apply(findings, ignore=ignore, severity=levels, today=TODAY)


def kept(findings: list[Finding], *ignore: IgnoreEntry) -> list[str]:
    return [found.object.path for found in outcome(findings, *ignore).kept]


def test_nothing_in_nothing_out() -> None:
    assert outcome([]) == Outcome(kept=(), ignored=(), notes=())


def test_without_entries_everything_is_kept_in_order() -> None:
    found = [
        finding("extra-column", column("users", "b"), Severity.WARNING),
        finding("missing-column", column("users", "a")),
        finding("missing-table", table("batches")),
        finding("missing-enum", enum("status")),
    ]
    assert kept(found) == [
        "public.batches",
        "public.status",
        "public.users.a",
        "public.users.b",
    ]


def test_an_ignored_finding_keeps_the_entrys_reason() -> None:
    found = finding("extra-table", table("celery_tasks"))
    result = outcome([found], entry("extra-table", "public.celery_*"))
    assert result.kept == ()
    assert [(one.finding, one.reason) for one in result.ignored] == [(found, "known")]
    assert result.notes == ()


@pytest.mark.parametrize(
    ("pattern", "ref", "covered"),
    [
        ("public.celery_*", table("celery_tasks"), True),
        ("public.celery_*", column("celery_tasks", "id"), True),
        ("public.celery_*", table("users"), False),
        ("public.users", table("users"), True),
        ("public.users", column("users", "legacy"), True),
        ("public.users", column("users_archive", "legacy"), False),
        ("public.users", column("users", "legacy", schema="audit"), False),
        ("public.users.legacy_*", column("users", "legacy_id"), True),
        ("public.users.legacy_*", column("users", "id"), False),
        ("public.users.legacy_*", table("users"), False),
        ("*.users", column("users", "id", schema="audit"), True),
        ("*", enum("status"), True),
        ("public.status", enum("status"), True),
        ("public.?tatus", enum("status"), True),
        ("public.[a-f]*", table("batches"), True),
        ("public.[a-f]*", table("users"), False),
        ("PUBLIC.USERS", table("users"), False),
        ("public.Users", table("Users"), True),
        ("public.a*", table("a\nb"), True),
    ],
)
def test_an_object_pattern_covers_its_objects_and_what_its_tables_hold(
    pattern: str, ref: ObjectRef, covered: bool
) -> None:
    found = finding("extra-thing", ref)
    assert (kept([found], entry("*", pattern)) == []) is covered


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [("extra-column", True), ("extra-*", True), ("*", True), ("extra", False), ("Extra-*", False)],
)
def test_a_rule_pattern_covers_the_whole_rule_in_its_case(pattern: str, covered: bool) -> None:
    found = finding("extra-column", column("users", "id"))
    assert (kept([found], entry(pattern, "*")) == []) is covered


def test_rule_and_object_must_both_match() -> None:
    found = [
        finding("extra-column", column("users", "a")),
        finding("missing-column", column("users", "b")),
        finding("extra-column", column("batches", "c")),
    ]
    assert kept(found, entry("extra-column", "public.users")) == [
        "public.batches.c",
        "public.users.b",
    ]


def test_the_first_entry_that_covers_gives_the_reason_and_the_second_is_not_useless() -> None:
    first = IgnoreEntry(rule="*", object="public.users", reason="first", declared_at="drift.yaml:1")
    second = IgnoreEntry(rule="*", object="public.*", reason="second", declared_at="drift.yaml:4")
    result = outcome([finding("extra-table", table("users"))], first, second)
    assert [one.reason for one in result.ignored] == ["first"]
    assert result.notes == ()


def test_an_entry_holds_through_its_last_day() -> None:
    found = finding("extra-table", table("users"))
    result = outcome([found], entry(until=TODAY))
    assert (result.kept, result.notes) == ((), ())


def test_an_expired_entry_ignores_nothing_and_says_so_once() -> None:
    found = finding("extra-table", table("users"))
    result = outcome([found], entry("extra-table", "public.users", until=datetime.date(2026, 1, 1)))
    assert result.kept == (found,)
    assert result.ignored == ()
    (note,) = result.notes
    assert note.startswith(
        "drift.yaml:12: the ignore entry for extra-table on public.users expired on 2026-01-01; "
    )


def test_an_expired_entry_that_matches_nothing_is_only_called_expired() -> None:
    (note,) = outcome([], entry(until=datetime.date(2026, 6, 14))).notes
    assert "expired on 2026-06-14" in note


def test_an_entry_that_matches_nothing_is_reported_with_its_place() -> None:
    found = finding("extra-table", table("users"))
    (note,) = outcome(
        [found], entry("extra-table", "public.gone", declared_at="drift.yaml:7")
    ).notes
    assert note.startswith("drift.yaml:7: the ignore entry for extra-table on public.gone")
    assert "matched nothing" in note


@pytest.mark.parametrize("pattern", ["users.role", "public.users.roel", "publik.users.role"])
def test_an_entry_that_nearly_names_something_is_corrected(pattern: str) -> None:
    found = [finding("missing-column", column("users", "role"))]
    [note] = outcome(found, entry(pattern=pattern)).notes
    assert note.endswith("matched nothing; did you mean public.users.role?")


def test_a_severity_override_changes_its_rule_and_no_other() -> None:
    found = [finding("extra-index", table("a")), finding("missing-index", table("b"))]
    result = outcome(found, extra_index=Severity.INFO)
    assert [one.severity for one in result.kept] == [Severity.INFO, Severity.ERROR]


SEVERITIES: list[tuple[dict[str, Severity | None], Severity | None]] = [
    ({"extra-*": Severity.INFO}, Severity.INFO),
    ({"extra-*": None}, None),
    ({"extra-table": Severity.INFO, "extra-*": None}, Severity.INFO),
    ({"*": None, "extra-*": Severity.WARNING}, Severity.WARNING),
    ({"extra-*": Severity.WARNING, "*": None}, None),
    ({"missing-*": None}, Severity.ERROR),
]


@pytest.mark.parametrize(("chosen", "level"), SEVERITIES)
def test_a_rules_name_beats_patterns_and_a_later_pattern_an_earlier_one(
    chosen: dict[str, Severity | None], level: Severity | None
) -> None:
    found = [finding("extra-table", table("batches"))]
    covering = entry(rule="extra-table", pattern="public.x")
    result = apply(found, ignore=(covering,), severity=chosen, today=TODAY)
    assert [one.severity for one in result.kept] == ([] if level is None else [level])
    reasons = [one.reason for one in result.ignored]
    assert reasons == (["the rule is off in the configuration"] if level is None else [])


def test_an_entry_for_a_rule_that_is_off_is_not_called_useless() -> None:
    found = [finding("extra-table", table("batches"))]
    result = apply(found, ignore=(entry(),), severity={"extra-table": None}, today=TODAY)
    assert result.notes == ()


def test_the_order_follows_the_overridden_severity() -> None:
    found = [
        finding("a-rule", column("users", "a"), Severity.ERROR),
        finding("b-rule", column("users", "b"), Severity.WARNING),
    ]
    result = outcome(found, a_rule=Severity.INFO)
    assert [one.rule for one in result.kept] == ["b-rule", "a-rule"]


def test_an_ignored_finding_has_the_overridden_severity_too() -> None:
    result = outcome([finding("a-rule", table("users"))], entry(), a_rule=Severity.INFO)
    assert [one.finding.severity for one in result.ignored] == [Severity.INFO]


FINDINGS = st.lists(
    st.builds(
        finding,
        st.sampled_from(["missing-column", "extra-column"]),
        st.builds(column, st.sampled_from("ab"), st.sampled_from("xyz")),
    )
)
ENTRIES = st.lists(
    st.builds(
        entry,
        st.sampled_from(["*", "extra-*", "missing-column"]),
        st.sampled_from(["*", "public.a", "*.x", "public.b.y"]),
        until=st.sampled_from([None, TODAY, datetime.date(2026, 1, 1)]),
    )
)


@given(FINDINGS, ENTRIES)
def test_every_finding_is_either_kept_or_ignored(
    found: list[Finding], ignore: list[IgnoreEntry]
) -> None:
    result = outcome(found, *ignore)
    everything = [*result.kept, *(one.finding for one in result.ignored)]
    assert sorted(everything, key=lambda one: one.order) == sorted(found, key=lambda one: one.order)


@given(FINDINGS, ENTRIES)
def test_the_order_of_the_findings_is_irrelevant(
    found: list[Finding], ignore: list[IgnoreEntry]
) -> None:
    assert outcome(found, *ignore) == outcome(found[::-1], *ignore)
