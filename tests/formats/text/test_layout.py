"""Lines of the text report fit the terminal, and steer neither it nor a CI runner."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from drift.formats.text.layout import Span, cell_width, shorten_path, wrap
from drift.model import Location, Severity
from drift.report.report import Database, Report
from tests.formats.text.printed import ANSI, text
from tests.report.examples import HOSTILE, Failure, check, finding, many, report

OBEYED = "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"


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


@pytest.mark.parametrize("severity", Severity)
def test_the_header_has_the_colour_of_the_worst_severity(severity: Severity) -> None:
    colours = {Severity.ERROR: "1;31", Severity.WARNING: "33", Severity.INFO: "36"}
    findings = [finding("a", severity=severity), finding("b", severity=Severity.INFO)]
    [header] = [line for line in text(report(*findings), color=True).splitlines() if "─" in line]
    assert f"\x1b[{colours[severity]}m─" in header


def test_the_header_of_a_target_in_sync_is_green_and_yellow_if_incomplete() -> None:
    assert "\x1b[1;32m─" in text(report(), color=True)
    assert "\x1b[33m─" in text(report(complete=False), color=True)


DEEP = "services/accounting/app/some/deep/folder/of/the/models/invoice_and_payment.py"


@pytest.mark.parametrize("width", [40, 60, 78, 120])
def test_a_path_is_shortened_from_the_left_and_never_broken(width: int) -> None:
    other = finding("x", location=Location("app/mixins.py", 7))
    for findings in ([finding(location=Location(DEEP, 14))],
                     [finding(location=Location(DEEP, 14)), other]):  # fmt: skip
        printed = text(report(*findings), width=width)
        [line] = [line for line in printed.splitlines() if "invoice_and_payment.py" in line]
        path = line.split()[-1].removesuffix(":14")
        assert path == DEEP or (path.startswith("…/") and DEEP.endswith(path[1:]))
        assert cell_len(line) <= width
        assert ("…" in line) == (width < 120)


def test_a_wide_character_takes_two_cells() -> None:
    assert cell_width("naïve") == 5
    assert cell_width("表😀") == 4
    assert cell_width("e\u0301") == 1


@pytest.mark.parametrize(
    ("words", "width", "lines"),
    [
        ("", 9, [""]),
        ("one", 9, ["one"]),
        ("one two three", 9, ["one two", "three"]),
        ("one two three", 7, ["one two", "three"]),
        ("abcdefghij klm", 4, ["abcd", "efgh", "ij", "klm"]),
        ("one  two", 4, ["one", "two"]),
        ("表表表", 4, ["表表", "表"]),
        ("表", 1, ["表"]),
    ],
)
def test_text_is_wrapped_between_words(words: str, width: int, lines: list[str]) -> None:
    wrapped = wrap([Span(words)], width)
    assert ["".join(span.text for span in line).rstrip() for line in wrapped] == lines


@pytest.mark.parametrize(
    ("path", "room", "shown"),
    [
        ("app/models.py", 13, "app/models.py"),
        ("app/models.py", 12, "…/models.py"),
        ("a/b/c/models.py", 13, "…/c/models.py"),
        ("app/models.py", 5, "models.py"),
        ("models.py", 5, "models.py"),
    ],
)
def test_a_path_loses_its_first_folders(path: str, room: int, shown: str) -> None:
    assert shorten_path(path, room) == shown
