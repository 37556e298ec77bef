"""Models that end the run are an error with a reason, and never a finished check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.process.project import TABLE, WHOLE, findings, run

ENDINGS = {
    "an exit": ("import os; os._exit(0)", "(exit code 0, while importing app): the models"),
    "an exit like drift's": ("import os; os._exit(1)", "(exit code 1, while importing app)"),
    "an exit in a thread": (
        "import os, threading, time; threading.Timer(0.2, os._exit, [0]).start(); time.sleep(9)",
        "(exit code 0, while importing app)",
    ),
    "an exit when they are called": (
        "import os\nmetadata = lambda: os._exit(0)",
        "(exit code 0, while calling app:metadata)",
    ),
    "another program": (
        "import os, sys; os.execv(sys.executable, [sys.executable, '-c', ''])",
        "(exit code 0, while importing app)",
    ),
    "a daemon": ("import os\nif os.fork(): os._exit(0)", "(exit code 0, while importing app)"),
    "a crash": (
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "the process was killed by SIGSEGV before the check was finished (while importing app)",
    ),
    "no memory": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "the process was killed by SIGKILL before the check was finished (while importing app)",
    ),
    "a failure, and an exit": (
        "import atexit, os; atexit.register(os._exit, 0); 1/0",
        "cannot import app: app.py:6: ZeroDivisionError",
    ),
    "a clean exit": (
        "import sys; sys.exit(0)",
        "cannot import app: app.py:6: SystemExit: the models end the program",
    ),
    "a cancelled task": (
        "import asyncio; raise asyncio.CancelledError",
        "cannot import app: app.py:6: CancelledError",
    ),
    "an outcome of a test": (
        "class Skipped(BaseException): pass\nraise Skipped('not here')",
        "cannot import app: app.py:7: Skipped",
    ),
    "an interrupt of their own": (
        "raise KeyboardInterrupt",
        "cannot import app: app.py:6: KeyboardInterrupt",
    ),
    "the end of a generator": (
        "raise GeneratorExit",
        "cannot import app: app.py:6: GeneratorExit",
    ),
    "an exception that cannot be printed": (
        "class Odd(BaseException):\n def __str__(self): raise Odd\nraise Odd",
        "cannot import app: app.py:8: Odd",
    ),
    "an exception that is raised when they are called": (
        "import asyncio\ndef metadata(): raise asyncio.CancelledError",
        "models app:metadata: app.py:7: CancelledError",
    ),
    "an exception of a type of theirs": (
        "import asyncio\nclass Own(sqlalchemy.types.UserDefinedType):\n"
        " def get_col_spec(self): raise asyncio.CancelledError\n"
        "metadata.tables['users'].append_column(sqlalchemy.Column('own', Own))",
        "cannot read the models app:metadata: app.py:8: CancelledError",
    ),
    "too little recursion": (
        "import sys; sys.setrecursionlimit(70)\ndef deeper(): deeper()\ndeeper()",
        "cannot import app: app.py:7: RecursionError",
    ),
    "no folder": (
        "import os, shutil; shutil.rmtree(os.getcwd())",
        "cannot be used after the import of the models: No such file or directory; do not let",
    ),
    "no folder, and a failure": (
        "import os, shutil; shutil.rmtree(os.getcwd()); 1/0",
        "cannot be used after the import of the models",
    ),
    "no file descriptors but the standard ones": (
        "import os; os.closerange(3, 200)",
        "(exit code 2, while restoring the standard streams, which the models closed)",
    ),
    "no file descriptors": (
        "import os; os.closerange(0, 200)",
        "(exit code 2, while restoring the standard streams, which the models closed)",
    ),
}


@pytest.mark.parametrize("targets", [["one"], ["one", "two"]], ids=["a target", "two targets"])
@pytest.mark.parametrize("what", ENDINGS)
def test_models_that_end_the_run_are_an_error_with_a_reason(
    folder: Path, what: str, targets: list[str]
) -> None:
    code, words = ENDINGS[what]
    (folder / "app.py").write_text(TABLE + code)
    done = run(folder, "check", "--format=json", *targets)
    assert done.returncode == 2, done
    lines = done.stderr.splitlines()
    assert 1 <= len(lines) <= len(targets), done.stderr
    assert all(line.startswith("drift: error: ") for line in lines)
    assert [words in line for line in lines] == [True] * len(lines), done.stderr
    assert "internal error" not in done.stderr
    assert not done.stdout or not json.loads(done.stdout)["checks"]


def test_other_targets_go_on_where_models_end_in_an_exception_of_any_kind(folder: Path) -> None:
    (folder / "bad.py").write_text("import asyncio; raise asyncio.CancelledError")
    (folder / "drift.yaml").write_text(
        (folder / "drift.yaml").read_text().replace("one: {}", "one: {models: bad:Base}")
    )
    done = run(folder, "check", "--format=json")
    assert done.returncode == 2
    assert findings(done.stdout) == WHOLE[1:]
    reason = (
        "cannot import bad: bad.py:1: CancelledError (its message may hold secrets; -v prints it)"
    )
    assert done.stderr == f"drift: error: one: {reason}\n"
    assert json.loads(done.stdout)["failures"] == [{"target": "one", "reason": reason}]


def test_the_doctor_survives_models_too(folder: Path) -> None:
    (folder / "app.py").write_text("import os; os._exit(0)")
    done = run(folder, "doctor")
    assert done.returncode == 2
    assert "the process ended before the check was finished (exit code 0, while" in done.stderr
