"""The file: what is refused before a check, what is repaired, and how it grows."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from drift.errors import UsageError
from drift.formats import FORMATS, Options, resolve
from drift.history import History
from drift.report.report import Report
from tests.history.runs import run
from tests.report.examples import HOSTILE

HEAD = '{"drift":"history","version":1}\n'
MARK = "0123456789abcdef"
AT = '{"at":"2026-06-15T03:00:59Z"'
BAD = {
    "another file": ("hello\n", "is not a history that drift wrote"),
    "a report": ('{"version": 1, "tool": {"name": "drift"}}\n', "is not a history"),
    "a newer one": ('{"drift":"history","version":2}\n', "written by a newer drift (version 2"),
    "a damaged line": (f"{HEAD}nonsense\n{AT}}}\n", ":2: the line is damaged"),
    "brackets": (f"{HEAD}{'[' * 100_000}\n", ":2: the line is damaged"),
    "no time": (f'{HEAD}{{"checked":1}}\n', ":2: the line is damaged"),
    "no time zone": (f'{HEAD}{{"at":"2026-06-15T03:00:59"}}\n', ":2: the line is damaged"),
    "a time out of range": (f'{HEAD}{{"at":"0001-01-01T00:00:00+23:00"}}\n', "out of range"),
    "a rule with markup": (
        f'{HEAD}{AT},"events":{{"a":[["open","{MARK}","<b>","p","error"]]}}}}\n',
        ":2: the line is damaged",
    ),
    "no rule": (f'{HEAD}{AT},"events":{{"a":[["open","{MARK}"]]}}}}\n', "has no rule"),
    "no fingerprint": (f'{HEAD}{AT},"events":{{"a":[["gone","x"]]}}}}\n', "is damaged"),
    "not UTF-8": (f'{HEAD}{AT},"targets":["', "is damaged"),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_a_file_that_is_no_history_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "history"
    ending = b'\xff"]}\n' if message == "is damaged" and content.endswith('["') else b""
    path.write_bytes(content.encode() + ending)
    with pytest.raises(UsageError) as problem:
        History(path, "shown")
    assert message in str(problem.value)
    assert "shown" in str(problem.value)
    assert "\n" not in str(problem.value)


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "file" / "below", Path("/dev/null/x")):
        with pytest.raises(UsageError, match="history"):
            History(path)
    with pytest.raises(UsageError, match="null"):
        History(Path("a\0b"))


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate((512 << 20) + 1)
    with pytest.raises(UsageError, match="larger than 512 MiB"):
        History(tmp_path / "large")


@pytest.mark.parametrize("cut", range(1, 200, 7))
def test_a_last_line_that_was_cut_off_is_ignored_and_replaced(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "history"
    first = History(path)
    first.record(first.aged(run(0, {"a": "x"})))
    whole = path.read_bytes()
    second = History(path)
    second.record(second.aged(run(1, {"a": "x y z"})))
    path.write_bytes(path.read_bytes()[:-cut])
    assert path.read_bytes().startswith(whole)
    third = History(path)
    [check] = third.aged(run(2, {"a": "x y"})).checks
    third.record(run(2, {"a": "x y"}))
    assert [item.status for item in check.findings] == ["still", "new"]
    assert third.notes == [f"the last line of the history {path} was cut off, and is ignored"]
    assert path.read_bytes().startswith(whole)
    assert len(path.read_text().splitlines()) == 3
    assert History(path).notes == []


def test_a_long_line_that_was_cut_off_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "history"
    history = History(path)
    history.record(history.aged(run(0, {"a": "x"})))
    whole = path.read_bytes()
    for size in (65_000, 65_536, 200_000):
        path.write_bytes(whole + b"x" * size)
        history = History(path)
        history.record(history.aged(run(1, {"a": "x"})))
        assert path.read_bytes().startswith(whole + b'{"at":')
        path.write_bytes(whole)


def test_a_file_of_which_only_half_a_header_was_written_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text('{"drift":"his')
    history = History(path)
    history.record(history.aged(run(0, {"a": "x"})))
    assert path.read_text().startswith(HEAD)
    assert len(History(path).aged(run(1, {"a": "x"})).checks) == 1


def test_runs_at_the_same_time_all_write_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "history"

    def work(number: int) -> None:
        history = History(path)
        history.record(history.aged(run(number, {f"t{number}": "x y", "all": "x"})))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(16)))
    lines = path.read_text().splitlines()
    assert len(lines) == 17
    new = [event for line in lines[1:] for event in json.loads(line)["events"].get("all", [])]
    assert len(new) == 1, "the second run must see what the first one wrote meanwhile"
    report = History(path).aged(run(20, {f"t{number}": "x y" for number in range(16)}))
    assert {item.status for check in report.checks for item in check.findings} == {"still"}


def test_no_text_of_the_file_breaks_a_format(tmp_path: Path) -> None:
    path = tmp_path / "history"
    name = json.dumps(HOSTILE.replace("\ud800", ""))
    events = f'[["open","{MARK}","missing-column",{name},"error","mixed"]]'
    path.write_text(f'{HEAD}{AT},"targets":[{name}],"events":{{"a":{events}}}}}\n')
    report = History(path).aged(run(3, {"a": "x"}))
    assert report.checks[0].changes is not None
    assert len(report.checks[0].changes.gone) == 1
    plain = {"text", "json", "markdown", "sarif"}
    for format_ in FORMATS:
        text = resolve(format_)(report, Options(width=100))
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "<script>--" not in text.replace("`", "") or format_ in plain
        assert not any(line.startswith("::set-output") for line in text.splitlines())


def fleet_run(day: int, targets: int) -> Report:
    """Return a night of many databases: ten findings each, of which a few come and go."""
    texts = {}
    for number in range(targets):
        names = [f"c{n}" for n in range(10)]
        if (number + day) % 50 == 0:  # two per cent of the databases change each night
            names[day % 10] = f"d{day}"
        texts[f"customer-{number}"] = " ".join(names)
    return run(day, texts)


def test_a_year_of_many_databases_stays_small(tmp_path: Path) -> None:
    path, targets, nights = tmp_path / "history", 100, 40
    for day in range(nights):
        history = History(path)
        history.record(history.aged(fleet_run(day, targets)))
    first, *others = (len(line) for line in path.read_text().splitlines()[1:])
    assert first < 100 * 10 * targets
    assert max(others) < 300 * targets / 10
    quiet = History(path)
    same = fleet_run(nights - 1, targets)
    quiet.record(quiet.aged(same))
    assert len(path.read_text().splitlines()[-1]) < 100, "a run without changes is a heartbeat"


def test_reading_is_fast(tmp_path: Path) -> None:
    path = tmp_path / "history"
    history = History(path)
    history.record(history.aged(fleet_run(0, 1_000)))
    line = path.read_text().splitlines()[1]
    started = time.monotonic()
    History(path)
    assert time.monotonic() - started < 5, f"{len(line)} bytes"
