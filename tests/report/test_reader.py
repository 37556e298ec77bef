"""A report's file is read back as it was; anything wrong with it is one line of an error."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drift.errors import UsageError
from drift.formats import FORMATS, Options, resolve
from drift.formats import json as json_format
from drift.report import document, json_v1
from drift.report.finding import Ignored
from drift.report.json_v1 import DEEPEST
from drift.report.reader import read
from drift.report.report import Report
from tests.property.reports import FULL
from tests.report.examples import HOSTILE, Failure, check, finding, report

Document = dict[str, Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "report.json"


def written(report: Report, path: Path) -> Path:
    path.write_text(json_format.render(report, Options()), encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as raised:
        read(path)
    message = str(raised.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def refused(path: Path, change: Callable[[Document], object]) -> str:
    """Return why a whole report is refused after one change."""
    document = json.loads(json_format.render(FULL, Options()))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    return refusal(path)


def test_a_report_with_something_of_everything_is_read_as_it_was(path: Path) -> None:
    assert read(written(FULL, path)) == FULL


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_that_was_read_looks_the_same_in_every_format(name: str, path: Path) -> None:
    hostile = finding(detail=HOSTILE.replace("\ud800", "?"), changes={"type": (("a",), ["b"])})
    ignored = Ignored(finding=hostile, reason="known")
    failures = (Failure(target="other", reason="gone"),)
    given = Report(checks=(*FULL.checks, check(hostile, ignored=(ignored,))), failures=failures)
    options = Options(links="https://example.com/x/")
    assert resolve(name)(read(written(given, path)), options) == resolve(name)(given, options)


def test_characters_that_utf8_cannot_hold_are_read_as_question_marks(path: Path) -> None:
    decoded = read(written(report(finding("a\ud800b")), path))
    assert decoded.checks[0].findings[0].object.name == "a?b"


def test_a_report_of_an_older_drift_is_read_without_what_it_lacks(path: Path) -> None:
    document = json.loads(json_format.render(FULL, Options()))
    [checked] = document["checks"]
    for name in ("tables", "drawings", "complete"):
        del checked[name]
    for entry in (*checked["findings"], *checked["ignored_findings"]):
        del entry["detail"], entry["schemas"]
    path.write_text(json.dumps(document), encoding="utf-8")
    [decoded] = read(path).checks
    assert decoded.findings[0].message == FULL.checks[0].findings[0].message
    assert (decoded.tables, decoded.drawings, decoded.complete) == ((), (), True)
    assert decoded.findings[0].detail == ""


OLDER = Path(__file__).parent / "older.json"
"""A report that was written before the facts were a contract: `hidden`, `called`… are in it."""


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_with_internal_fields_among_the_facts_is_read_and_shown(name: str) -> None:
    decoded = read(OLDER)
    assert {"missing-index", "column-type-mismatch"} <= {f.rule for f in decoded.checks[0].findings}
    facts = [finding.expected or {} for finding in decoded.checks[0].findings]
    assert any("hidden" in each for each in facts)
    assert resolve(name)(decoded, Options())


def test_unknown_fields_are_ignored(path: Path) -> None:
    document = json.loads(json_format.render(FULL, Options()))
    document["later"] = document["checks"][0]["later"] = {"a": [1]}
    document["checks"][0]["findings"][0]["cure"] = "DROP TABLE users"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert read(path) == FULL


def test_a_byte_order_mark_is_ignored(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + json_format.render(FULL, Options()).encode())
    assert read(path) == FULL


def test_the_newest_version_that_is_read_is_the_one_that_is_written() -> None:
    document = json.loads(json_format.render(FULL, Options()))
    assert document["version"] == json_v1.VERSION


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty; the check that should have written it did not finish"),
        (b" \n", "is empty"),
        (gzip.compress(b"{}", mtime=0), "is compressed; unpack it first"),
        (b"PK\x03\x04", "is compressed"),
        ("{}".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (b"{", "is not valid JSON: Input data was truncated"),
        (
            b'{"version": 1, "tool": {"name": "\xff"}}',
            "is not valid JSON: 'utf-8' codec can't decode",
        ),
        (b'{"version": 1, "tool": {"name": "drift"}} {}', "is not valid JSON: "),
        (b"[]", "was not written by `drift check --format json`: Expected `object`"),
        (b"{}", "was not written by `drift check --format json`: "),
        (b'{"version": "2.1.0", "runs": []}', "--format json`: version: Expected `int`"),
        (b'{"version": 1, "tool": {"name": "x"}}', "json`: tool.name: Invalid enum value 'x'"),
        (b'{"version": 0, "tool": {"name": "drift"}}', "json`: version: Expected `int` >= 1"),
        (b'{"version": 1, "tool": {"name": "drift"}}', "missing required field `checks`"),
        (b'{"a": ' * 100_000, "is nested too deeply"),
        (
            b'{"version": 2, "tool": {"name": "drift"}, "checks": 0}',
            "was written by a newer drift (version 2 of the report, known is 1); upgrade drift",
        ),
    ],
)
def test_a_file_that_is_not_a_report_is_refused(content: bytes, says: str, path: Path) -> None:
    path.write_bytes(content)
    assert says in refusal(path)


def test_a_path_that_is_not_a_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.json") == "cannot be read: No such file or directory"
    assert refusal(tmp_path) == "is a directory; pass the reports in it"
    assert "cannot be read: the name is not" in refusal(tmp_path / "a\0b")


def _first(document: Document) -> Document:
    finding: Document = document["checks"][0]["findings"][0]
    return finding


def _drawn(document: Document) -> Document:
    drawing: Document = document["checks"][0]["drawings"][0]
    return drawing


def _nest(document: Document) -> None:
    value: Any = 1
    for _ in range(DEEPEST):
        value = [value]
    _first(document)["expected"]["a"] = value


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: _first(d).update(severity="bad"), "checks[0].findings[0].severity: Invalid"),
        (lambda d: _first(d).update(severity="x" * 9999), "…"),
        (lambda d: _first(d).pop("object"), "checks[0].findings[0]: Object missing required field"),
        (
            lambda d: _first(d).update(rule="<b>"),
            "checks[0].findings[0].rule: is not a value that drift w",
        ),
        (
            lambda d: _first(d).update(rule="a\n"),
            "checks[0].findings[0].rule: is not a value that drift w",
        ),
        (lambda d: _first(d).update(fingerprint="-->"), "checks[0].findings[0].fingerprint: "),
        (lambda d: _first(d)["object"].update(kind="`x`"), "checks[0].findings[0].object.kind: "),
        (lambda d: _first(d)["location"].update(line=-1), "findings[0].location.line: Expected"),
        (lambda d: _first(d)["expected"].update(n=2**70), "findings[0].expected: holds a number"),
        (_nest, f"checks[0].findings[0].expected: is nested more than {DEEPEST} deep"),
        (lambda d: d["checks"][0]["compared"].update({"<b>": 1}), "checks[0].compared: is not a"),
        (lambda d: d["checks"][0].update(target=5), "checks[0].target: Expected `str`, got `int`"),
        (lambda d: d["checks"][0].update(complete=1), "checks[0].complete: Expected `bool`"),
        (lambda d: _drawn(d)["parts"][0].update(kind="<"), "drawings[0].parts[0].kind: is not a "),
        (lambda d: _drawn(d)["links"][0].update(table="x"), "checks[0].drawings[0].links[0].table"),
        (lambda d: d["failures"].append(1), "failures[1]: Expected `object`, got `int`"),
    ],
)
def test_the_message_names_the_wrong_field(
    change: Callable[[Document], object], says: str, path: Path
) -> None:
    message = refused(path, change)
    assert says in message
    assert len(message) < 500


@pytest.mark.parametrize(
    ("limit", "says"),
    [("LARGEST", "MiB"), ("MOST_VALUES", "values")],
)
def test_a_report_beyond_a_limit_is_refused(
    limit: str, says: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(FULL, path)
    monkeypatch.setattr(document, limit, 50)
    assert says in refusal(path)


def test_a_file_of_brackets_is_refused_before_it_fills_the_memory(path: Path) -> None:
    start = b'{"version": 1, "tool": {"name": "drift"}, "checks": [], "x": ['
    path.write_bytes(start + b"[]," * (document.MOST_VALUES // 2) + b"[]]}")
    assert "holds more than 12,000,000 values" in refusal(path)


@pytest.mark.parametrize("options", ["--bind b", ["a\nb"], ["a\x1b[2K"], [1]])
def test_an_option_of_a_command_is_one_argument_without_control_characters(
    path: Path, options: Any
) -> None:
    """Reports print the command for people to copy into a shell."""
    reason = refused(path, lambda it: it["checks"][0].update(plan_options=options))
    assert "plan_options" in reason
