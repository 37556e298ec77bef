"""Formats turn a report into text that people and programs can trust."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import msgspec
import pytest

from drift.check.reasons import safe
from drift.formats import FORMATS, Options, resolve
from drift.formats.escape import inert, visible
from drift.formats.listing import render_rules
from drift.kinds import RULES
from drift.model import ObjectRef
from drift.report.finding import Finding
from drift.report.report import Report
from tests.report.contract import json_report
from tests.report.examples import FACTS, HOSTILE, Failure, Ignored, check, finding, report

ANSI = re.compile(r"\x1b\[[0-9;]*m")
OBEYED = "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"


def document(report: Report) -> Any:
    found: Any = json_report(resolve("json")(report, Options()))
    return found


def test_a_line_that_only_casts_is_left_alone() -> None:
    assert inert("      ::text and more") == "      ::text and more"
    assert inert("      ::error::x") == "   \\x3a:error::x"
    assert inert("\u3000::error::x") == "\u3000\\x3a:error::x"


def test_no_line_of_a_message_is_a_command_to_a_ci_runner() -> None:
    assert safe("::error::x\n ::add-mask::y\nz") == "\\x3a:error::x\n\\x3a:add-mask::y\nz"


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
    assert checked["expected"] == {
        "source": "models", "name": "app.models:Base", "label": "models",
    }  # fmt: skip
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
            "expected": FACTS,
            "actual": None,
            "changes": {},
            "message": "column role (text NOT NULL) is declared by the models but missing",
            "detail": "text NOT NULL",
            "impact": "Every SELECT by the model fails.",
            "location": {"file": "app/models.py", "line": 14},
            "fingerprint": "0123456789abcdef",
            "schemas": [],
            "cause": "",
            "evidence": "",
            "revision": "",
            "status": "",
            "first_seen": None,
            "since": None,
            "days": None,
            "fix": {
                "summary": "Run the migration that adds the column, or write it.",
                "command": "drift plan production --finding 0123456789abcdef",
            },
        }
    ]


def test_json_is_valid_whatever_the_names_are() -> None:
    hostile = finding(
        HOSTILE,
        object=ObjectRef("enum", HOSTILE, None, HOSTILE),
        expected={"labels": [HOSTILE]},
        changes={"labels": ((HOSTILE,), None)},
    )
    failed = Failure(target=HOSTILE, reason=HOSTILE)
    found = document(Report(checks=(check(hostile),), failures=(failed,)))
    [checked] = found["checks"]
    assert checked["findings"][0]["object"]["name"] == HOSTILE.replace("\ud800", "?")
    assert checked["findings"][0]["changes"] == {"labels": [[HOSTILE.replace("\ud800", "?")], None]}


def test_json_holds_no_character_that_a_terminal_obeys() -> None:
    name = 'a\x7f\x9b31m\u202e\u200b\U000e0041##[group]\n"\\\u2066é表😀'
    printed = resolve("json")(report(finding(name)), Options())
    assert not re.search(f"(?!\n){OBEYED}", printed)
    assert json.loads(printed)["checks"][0]["findings"][0]["object"]["name"] == name
    assert "é表😀" in printed


def test_json_takes_facts_from_any_mapping() -> None:
    options = {"start": 1, "increment": 1, "minimum": 1, "maximum": 9, "cycle": False, "cache": 1}
    identity = {"always": True, **options}
    facts = MappingProxyType(FACTS | {"identity": MappingProxyType(identity)})
    [checked] = document(report(finding(expected=facts, actual=MappingProxyType(FACTS))))["checks"]
    assert checked["findings"][0]["expected"] == FACTS | {"identity": identity}
    assert checked["findings"][0]["actual"] == FACTS


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


class Counted(tuple[Finding, ...]):
    """Findings that count how often they are read."""

    reads = 0

    def __iter__(self) -> Iterator[Finding]:
        Counted.reads += 1
        return super().__iter__()


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_reads_the_findings_equally_often_however_many_there_are(name: str) -> None:
    def reads(count: int) -> int:
        whole = report()
        findings = Counted(finding(f"c{number}") for number in range(count))
        checks = tuple(msgspec.structs.replace(each, findings=findings) for each in whole.checks)
        Counted.reads = 0
        resolve(name)(msgspec.structs.replace(whole, checks=checks), Options())
        return Counted.reads

    assert reads(20) == reads(40)
