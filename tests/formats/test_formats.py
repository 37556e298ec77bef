"""Formats turn a report into text that people and programs can trust."""

from __future__ import annotations

import json
import re
from types import MappingProxyType
from typing import Any

import pytest
from rich.cells import cell_len

from drift.formats import FORMATS, Options, resolve
from drift.formats.escape import inert, visible
from drift.formats.listing import render_rules
from drift.kinds import RULES
from drift.model import Location, ObjectRef, Severity
from drift.report.report import Database, Report
from tests.report.examples import HOSTILE, Failure, Ignored, check, finding, many, report

ANSI = re.compile(r"\x1b\[[0-9;]*m")
OBEYED = "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"


def text(report: Report, **options: object) -> str:
    return resolve("text")(report, Options(**options))  # type: ignore[arg-type]


def document(report: Report) -> Any:
    found: Any = json.loads(resolve("json")(report, Options()))
    return found


def test_a_report_in_sync_is_one_calm_summary() -> None:
    printed = text(report())
    assert printed.splitlines()[-1] == ("production: in sync; 5 tables and 61 columns compared")


def test_what_is_ignored_is_counted_in_sync_too() -> None:
    printed = text(report(ignored=(Ignored(finding=finding(), reason="known"),)))
    assert printed.splitlines()[-1].startswith("production: in sync, 1 ignored;")


def test_both_sides_are_named() -> None:
    printed = text(report(finding()))
    assert "models app.models:Base" in printed
    assert "database shop on db, role reader, PostgreSQL 18.6" in " ".join(printed.split())


def test_a_finding_says_what_differs_what_breaks_and_where() -> None:
    printed = text(report(finding()))
    assert "missing-column" in printed
    assert re.search(r"role +text NOT NULL +:14", printed)
    assert "app/models.py" in printed
    assert "impact: Every SELECT by the model fails." in printed


def test_what_breaks_is_said_once_for_a_rule_and_table() -> None:
    printed = text(report(*(finding(name) for name in "abcdefghij")))
    assert printed.count("impact:") == 1
    assert "error × 10" in printed


def test_findings_of_one_rule_that_break_different_things_each_say_so() -> None:
    printed = text(report(finding("a"), finding("b", impact="Inserts fail."), finding("c")))
    assert printed.count("impact: Every SELECT by the model fails.") == 1
    assert printed.count("impact: Inserts fail.") == 1
    shown = [printed.index(part) for part in (" a ", " c ", "impact: Every", " b ", "impact: Ins")]
    assert shown == sorted(shown)


def test_the_worst_of_a_table_comes_first() -> None:
    findings = [
        finding(name, rule=f"{name}-rule", severity=severity)
        for name, severity in zip("abc", reversed(Severity), strict=True)
    ]
    printed = text(report(*findings))
    places = [printed.index(rule) for rule in ("✗ c-rule", "! b-rule", "· a-rule")]
    assert places == sorted(places)


def test_what_belongs_to_no_table_is_named_with_its_kind() -> None:
    enum = finding("mood", object=ObjectRef("enum", "public", None, "mood"), rule="missing-enum")
    assert "public.mood (enum)  1 error" in text(report(enum))


def test_the_table_with_the_most_errors_comes_first() -> None:
    findings = [
        finding("a", "first", severity=Severity.WARNING),
        finding("b", "second"),
        finding("c", "third"),
        finding("d", "third"),
    ]
    printed = text(report(*findings))
    places = [printed.index(f"public.{table}") for table in ("third", "second", "first")]
    assert places == sorted(places)


def test_the_last_line_counts() -> None:
    findings = [
        finding(),
        finding("x", severity=Severity.WARNING),
        finding("y", severity=Severity.INFO),
    ]
    ignored = (Ignored(finding=finding("z"), reason="known"),)
    printed = text(
        report(*findings, ignored=ignored, not_compared={"view": 3, "policy": 2}), width=120
    )
    last = printed.splitlines()[-1]
    assert last.startswith("production: 1 error, 1 warning, 1 info, 1 ignored;")
    assert "1 difference ignored" in printed
    assert "not compared: 3 views, 2 policies" in printed


def test_many_targets_in_sync_take_a_line_each() -> None:
    checks = tuple(check(target=f"shop-{n:03}", notes=("no trigger is read",)) for n in range(135))
    lines = text(Report(checks=checks), width=120).splitlines()
    assert lines[:2] == [
        "  note: no trigger is read (shop-000, shop-001, shop-002 and 132 more)",
        "",
    ]
    assert lines[2:] == [
        f"shop-{n:03}: in sync; 5 tables and 61 columns compared" for n in range(135)
    ]


def test_several_targets_are_summed_up_one_by_one() -> None:
    failed = Failure(target="staging", reason="connection refused")
    printed = text(Report(checks=(check(), check(finding(), target="b")), failures=(failed,)))
    assert printed.splitlines()[-3:] == [
        "production: in sync; 5 tables and 61 columns compared",
        "b: 1 error; 5 tables and 61 columns compared",
        "staging: could not be checked: connection refused",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_two_hundred_findings_fit_the_width(width: int) -> None:
    lines = text(report(*many(200)), width=width).splitlines()
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_name_that_fits_the_line_is_never_broken(width: int) -> None:
    names = ["id", "a" * 22, "b" * 33, "c" * 40, "role"]
    printed = text(report(*(finding(name, detail="word " * 30) for name in names)), width=width)
    for name in names:
        assert re.search(rf"^ +{name}( |$)", printed, re.MULTILINE)
    assert max(map(cell_len, printed.splitlines())) <= width


@pytest.mark.parametrize("terminal", ["dumb", "xterm-256color"])
@pytest.mark.parametrize("width", [60, 200])
def test_the_width_is_kept_on_every_terminal(
    monkeypatch: pytest.MonkeyPatch, terminal: str, width: int
) -> None:
    monkeypatch.setenv("TERM", terminal)
    lines = ANSI.sub("", text(report(*many(9)), width=width, color=True)).splitlines()
    assert max(map(cell_len, lines)) == width


def test_there_is_no_colour_unless_it_is_asked_for() -> None:
    plain = text(report(*many(5)))
    assert "\x1b" not in plain
    coloured = text(report(*many(5)), color=True)
    assert "\x1b[" in coloured
    assert ANSI.sub("", coloured).split() == plain.split()


def test_verbose_adds_the_fingerprints() -> None:
    assert "0123456789abcdef" in text(report(finding()), verbose=True)
    assert "0123456789abcdef" not in text(report(finding()))


def test_verbose_adds_what_changed_attribute_by_attribute() -> None:
    changed = finding(changes={"type": ("text", "uuid"), "nullable": (False, True)})
    printed = text(report(changed), verbose=True)
    assert "type: models text, database uuid" in printed
    assert "nullability: models NOT NULL, database NULL" in printed


def test_findings_of_several_files_each_name_theirs() -> None:
    mixin = finding("created", location=Location("app/mixins.py", 3))
    printed = text(report(finding(), mixin, finding("z", location=None)))
    assert "app/models.py:14" in printed
    assert "app/mixins.py:3" in printed


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_hostile_names_cannot_steer_the_terminal(width: int, color: bool) -> None:
    hostile = finding(
        HOSTILE,
        HOSTILE,
        rule=HOSTILE,
        message=HOSTILE,
        detail=HOSTILE,
        impact=HOSTILE,
        location=Location(HOSTILE, 1),
        changes={HOSTILE: (HOSTILE, [HOSTILE])},
        fingerprint=HOSTILE,
    )
    database = Database(host=HOSTILE, name=HOSTILE, role=HOSTILE, server_version=HOSTILE)
    checked = check(
        hostile,
        target=HOSTILE,
        expected_source=HOSTILE,
        expected_name=HOSTILE,
        database=database,
        compared={HOSTILE: 1},
        not_compared={HOSTILE: 1},
        notes=(HOSTILE,),
    )
    failed = Failure(target=HOSTILE, reason=HOSTILE)
    everything = Report(checks=(checked,), failures=(failed,))
    printed = ANSI.sub("", text(everything, width=width, color=color, verbose=True))
    assert not re.search(f"(?!\n){OBEYED}", printed)
    assert not any(re.match(r"\s*::.*::", line) for line in printed.splitlines())


def test_no_wrapped_line_is_a_command_to_a_ci_runner() -> None:
    for length in range(90):
        words = f"{'w' * length} ::add-mask::public and ::error file=x::y"
        lines = text(report(finding(detail=words), notes=(words,))).splitlines()
        assert not any(line.lstrip().startswith("::") for line in lines)
        assert max(map(cell_len, lines)) <= 80


def test_a_line_that_only_casts_is_left_alone() -> None:
    assert inert("      ::text and more") == "      ::text and more"
    assert inert("      ::error::x") == "   \\x3a:error::x"
    assert inert("\u3000::error::x") == "\u3000\\x3a:error::x"


@pytest.mark.parametrize("command", ["##[add-mask]public", "##vso[task.setvariable x]y"])
@pytest.mark.parametrize("name", FORMATS)
def test_no_format_prints_a_command_to_a_ci_runner(name: str, command: str) -> None:
    assert command not in resolve(name)(report(finding(command, detail=command)), Options())


def test_visible_keeps_ordinary_text_as_it_is() -> None:
    assert visible("naïve – 表 😀 'x'") == "naïve – 表 😀 'x'"
    assert visible("# [x] ## heading") == "# [x] ## heading"
    assert visible("a\x1b[0m\n\u202eb") == "a\\x1b[0m\\x0a\\u202eb"


@pytest.mark.parametrize("character", "\xad\u034f\u061c\u180e\u2066\u3164\ufe0f\ufffb\U000e0041")
def test_characters_that_cannot_be_seen_are_shown(character: str) -> None:
    shown = visible(f"a{character}b")
    assert shown.isascii()
    assert shown.encode().decode("unicode-escape") == f"a{character}b"


def test_json_has_the_versioned_shape() -> None:
    ignored = (Ignored(finding=finding("z"), reason="known"),)
    found = document(report(finding(), ignored=ignored, not_compared={"view": 3}, notes=("n",)))
    assert list(found) == [
        *("version", "tool", "started_at", "duration", "shard", "checks", "failures")
    ]
    assert found["version"] == 1
    [checked] = found["checks"]
    assert checked["expected"] == {"source": "models", "name": "app.models:Base"}
    assert checked["database"]["server_version"] == "18.6"
    assert checked["in_sync"] is False
    assert checked["summary"] == {"error": 1, "warning": 0, "info": 0, "ignored": 1}
    assert checked["compared"] == {"tables": 5, "columns": 61}
    assert checked["not_compared"] == [{"kind": "view", "count": 3}]
    assert checked["notes"] == ["n"]
    assert checked["ignored_findings"][0]["reason"] == "known"
    assert checked["findings"] == [
        {
            "rule": "missing-column",
            "severity": "error",
            "object": {"kind": "column", "schema": "public", "table": "users", "name": "role"},
            "expected": {"type": "text", "nullable": False},
            "actual": None,
            "changes": {},
            "message": "column role (text NOT NULL) is declared by the models but missing",
            "detail": "text NOT NULL",
            "impact": "Every SELECT by the model fails.",
            "location": {"file": "app/models.py", "line": 14},
            "fingerprint": "0123456789abcdef",
            "schemas": [],
        }
    ]


def test_json_is_valid_whatever_the_names_are() -> None:
    hostile = finding(HOSTILE, expected={"labels": [HOSTILE]}, changes={HOSTILE: (HOSTILE, None)})
    failed = Failure(target=HOSTILE, reason=HOSTILE)
    found = document(Report(checks=(check(hostile),), failures=(failed,)))
    [checked] = found["checks"]
    assert checked["findings"][0]["object"]["name"] == HOSTILE.replace("\ud800", "?")


def test_json_holds_no_character_that_a_terminal_obeys() -> None:
    name = 'a\x7f\x9b31m\u202e\u200b\U000e0041##[group]\n"\\\u2066é表😀'
    printed = resolve("json")(report(finding(name)), Options())
    assert not re.search(f"(?!\n){OBEYED}", printed)
    assert json.loads(printed)["checks"][0]["findings"][0]["object"]["name"] == name
    assert "é表😀" in printed


def test_json_takes_facts_from_any_mapping() -> None:
    facts = MappingProxyType({"type": MappingProxyType({"name": "text"})})
    [checked] = document(report(finding(expected=facts, actual=MappingProxyType({}))))["checks"]
    assert checked["findings"][0]["expected"] == {"type": {"name": "text"}}
    assert checked["findings"][0]["actual"] == {}


def test_json_ends_with_one_line_break_and_indents_by_two() -> None:
    printed = resolve("json")(report(), Options())
    assert printed.startswith('{\n  "version": 1,\n')
    assert printed.endswith("}\n")


def test_an_unknown_format_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        resolve("yaml")


def test_a_rule_has_a_meaning_an_impact_and_a_fix() -> None:
    printed = render_rules(RULES, "missing-column", Options(width=60))
    for word in ("meaning", "impact", "fix", "missing-column (error)"):
        assert word in printed
    assert max(map(len, printed.splitlines())) <= 60


def test_the_list_of_rules_has_a_line_for_each() -> None:
    lines = render_rules(RULES, None, Options()).splitlines()
    assert [line.split()[0] for line in lines[: len(RULES)]] == list(RULES)


def test_a_path_names_an_object_as_ignore_rules_do() -> None:
    assert ObjectRef("column", "public", "users", "role").path == "public.users.role"
    assert ObjectRef("table", "public", "users", "users").path == "public.users"
    assert ObjectRef("enum", "public", None, "mood").path == "public.mood"
    assert ObjectRef("schema", "old", None, "old").path == "old"


MOMENTS = [
    ("text", "checked at 2026-06-15 03:00:59 UTC, in 0.25 s"),
    ("markdown", "checked at 2026-06-15 03:00:59 UTC, in 0.25 s"),
    ("html", "checked at 2026-06-15 03:00:59 UTC, in 0.25 s"),
    ("json", '"started_at": "2026-06-15T03:00:59Z",\n  "duration": 0.25'),
    ("junit", 'timestamp="2026-06-15T03:00:59" time="0.250"'),
    ("sarif", '"endTimeUtc": "2026-06-15T03:00:59.250Z"'),
]


@pytest.mark.parametrize(("name", "words"), MOMENTS)
def test_a_report_says_when_it_was_made(name: str, words: str) -> None:
    assert words in resolve(name)(report(finding()), Options())
