"""A check is complete whatever the process is started in, or one line says why it is not."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.process.project import WHOLE, findings, run


def _ignore(*numbers: signal.Signals) -> None:
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)


STARTS: dict[str, dict[str, Any]] = {
    "no standard input": {"prepare": lambda: os.close(0)},
    "no standard error": {"prepare": lambda: os.close(2)},
    "few file descriptors": {
        "prepare": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
    },
    "ended children ignored": {"prepare": lambda: _ignore(signal.SIGCHLD)},
    "signals blocked": {
        "prepare": lambda: signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    },
    "a strict umask": {"prepare": lambda: os.umask(0o077)},
    "no colour, no terminal, no home": {"TERM": "", "HOME": ""},
    "an old encoding": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    "warnings that are errors": {"PYTHONWARNINGS": "error"},
    "optimised": {"PYTHONOPTIMIZE": "2"},
}


@pytest.mark.parametrize("how", STARTS)
def test_a_check_is_whole_whatever_it_is_started_in(folder: Path, how: str) -> None:
    done = run(folder, "check", "--format=json", **STARTS[how])
    assert (done.returncode, done.stderr) == (1, "")
    assert findings(done.stdout) == WHOLE


@pytest.mark.parametrize("limit", range(4, 17))
def test_too_few_file_descriptors_are_an_error_in_a_line(folder: Path, limit: int) -> None:
    few = resource.RLIMIT_NOFILE, (limit, limit)
    unmeasured = {"COVERAGE_PROCESS_CONFIG": "", "COVERAGE_PROCESS_START": ""}
    done = run(folder, "check", "one", prepare=lambda: resource.setrlimit(*few), **unmeasured)
    assert done.returncode in {1, 2}
    if done.returncode == 2:
        assert "Too many open files" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert "bug" not in done.stderr


@pytest.mark.parametrize("command", ["check", "doctor", "show", "init --yes", "merge x.json"])
def test_a_folder_that_is_gone_is_an_error_in_a_line(folder: Path, command: str) -> None:
    gone = folder / "gone"
    gone.mkdir()
    remove = 'cd gone && rmdir ../gone && exec "$@"'
    done = run(folder, *command.split(), begin=["bash", "-c", remove, "bash"])
    assert done.returncode == 2
    assert done.stderr == (
        "drift: error: the current folder cannot be used: No such file or directory; change to "
        "another folder\n"
    )


@pytest.mark.parametrize("command", ["--help", "--version", "rules"])
def test_what_needs_no_folder_works_without_one(folder: Path, command: str) -> None:
    (folder / "gone").mkdir()
    remove = 'cd gone && rmdir ../gone && exec "$@"'
    done = run(folder, command, begin=["bash", "-c", remove, "bash"])
    assert (done.returncode, done.stderr) == (0, "")
