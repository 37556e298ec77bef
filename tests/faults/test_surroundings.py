"""Whatever models do to the process, and whatever it is started in: a whole check, or one line."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest

import drift
from tests.servers import Database

Done: TypeAlias = "subprocess.CompletedProcess[str]"
PACKAGES = os.pathsep.join((str(Path(drift.__file__).parent.parent), *filter(None, sys.path)))
TABLE = """
import sqlalchemy
metadata = sqlalchemy.MetaData()
sqlalchemy.Table("users", metadata, sqlalchemy.Column("id", sqlalchemy.Integer),
                 sqlalchemy.Column("name", sqlalchemy.Text))
"""
LONGEST = 60
"""Seconds that a run may take here; it hangs if it takes more."""


@pytest.fixture
def folder(tmp_path: Path, database: Database) -> Path:
    """A project's folder with two targets; their database lacks a column of the models'."""
    database.execute("CREATE TABLE users (id integer)")
    (tmp_path / "drift.yaml").write_text(
        f"models: app:metadata\ndatabase: {json.dumps(database.url)}\n"
        "targets: {one: {}, two: {}}\n"
    )
    (tmp_path / "app.py").write_text(TABLE)
    return tmp_path


def run(
    folder: Path,
    *words: str,
    begin: Sequence[str] = (),
    prepare: Callable[[], object] | None = None,
    **environment: str,
) -> Done:
    """Run drift in the folder as a process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run(
        [*begin, sys.executable, "-m", "drift", *words], cwd=folder, text=True, check=False,
        capture_output=True, timeout=LONGEST, preexec_fn=prepare,
        env=kept | {"PYTHONPATH": PACKAGES, "GITHUB_ACTIONS": ""} | environment,
    )  # fmt: skip


def findings(text: str) -> list[tuple[str, list[str]]]:
    """Return the targets of a JSON report with their rules."""
    return [
        (check["target"], [finding["rule"] for finding in check["findings"]])
        for check in json.loads(text)["checks"]
    ]


WHOLE = [("one", ["missing-column"]), ("two", ["missing-column"])]

HARMLESS = {
    "psycopg's adapters replaced": "import psycopg.adapt, psycopg.types.json\n"
    "class Odd(psycopg.adapt.Dumper):\n def dump(self, obj): return b'odd'\n"
    "for type_ in (str, list, bool): psycopg.adapters.register_dumper(type_, Odd)\n"
    "psycopg.types.json.set_json_loads(lambda _: 1 / 0)",
    "another folder": "import os; os.chdir('/')",
    "a clock that stands still": """
import datetime, time
class Date(datetime.date):
    today = classmethod(lambda cls: cls(1999, 1, 1))
class DateTime(datetime.datetime):
    now = utcnow = classmethod(lambda cls, tz=None: cls(1999, 1, 1))
datetime.date, datetime.datetime = Date, DateTime
stopped = lambda: 915148800.0
real = {id(getattr(time, name)) for name in ("time", "monotonic", "perf_counter")}
import sys
for module in list(sys.modules.values()):
    for name, value in list(vars(module).items()):
        if id(value) in real and module.__name__ != __name__:
            setattr(module, name, stopped)
""",
    "sockets that refuse": """
import socket
class Guarded(socket.socket):
    def __new__(cls, *args, **kwargs):
        raise RuntimeError("a test tried to use socket.socket")
socket.socket = Guarded
socket.create_connection = socket.getaddrinfo = socket.dup = Guarded
""",
    "a small limit of recursion": "import sys; sys.setrecursionlimit(100)",
    "an excepthook": "import os, sys; sys.excepthook = lambda *_: os._exit(0)",
    "standard output replaced": "import io, sys; sys.stdout = sys.stderr = io.StringIO()",
    "standard output closed": "import sys; sys.stdout.close(); sys.__stdout__.close()",
    "no standard output": "import sys; sys.stdin = sys.stdout = sys.stderr = None",
    "standard streams closed below Python": "import os; [os.close(number) for number in range(3)]",
    "output by every way there is": """
import os, sys
print("printed"); sys.__stdout__.write("written"); os.write(1, b"raw"); os.system("echo another")
""",
    "output at the end": "import atexit; atexit.register(print, 'goodbye')",
    "signals ignored and blocked": """
import signal
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
""",
    "no environment": "import os; os.environ.clear(); os.environ = {}",
    "no path, no modules, no finders": """
import sys
sys.path.clear()
sys.meta_path.clear()
for name in list(sys.modules):
    if name.partition(".")[0] in {"drift", "psycopg", "click", "msgspec", "json"}:
        del sys.modules[name]
""",
    "logs that exit": """
import logging, sys
class Strict(logging.Handler):
    def handle(self, record):
        sys.exit(0)
logging.basicConfig(level=0, handlers=[Strict()])
""",
    "warnings that are errors": "import warnings; warnings.simplefilter('error')",
    "print and open replaced": """
import builtins, io, os, sys
def no(*args, **kwargs):
    raise RuntimeError("not allowed")
builtins.print = builtins.open = io.open = os.open = os.write = sys.exit = no
""",
    "a strict umask": "import os; os.umask(0o777)",
    "another locale": "import locale; locale.setlocale(locale.LC_ALL, 'C')",
    "threads and queues patched": """
import queue, select, selectors, socket, sys, threading, time
def never(*args, **kwargs):
    sys.stderr.write("a patched function was called")
    real(600)
real = time.sleep
threading._start_new_thread = threading.Thread.__init__.__globals__["_start_new_thread"] = never
threading.Thread = threading.Timer = threading.Lock = threading.Event = never
queue.SimpleQueue = queue.Queue = select.select = select.poll = time.sleep = never
del select.epoll, selectors.EpollSelector
selectors.DefaultSelector = never
""",
    "a thread that never ends": """
import threading, time
threading.Thread(target=time.sleep, args=(600,)).start()
""",
    "a handler that never ends": "import atexit, time; atexit.register(time.sleep, 600)",
    "an exit as the last word": "import atexit, os; atexit.register(os._exit, 0)",
    "a pool that never ends": """
import time
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(); pool.submit(time.sleep, 600)
""",
}


@pytest.mark.parametrize("what", HARMLESS)
def test_a_check_is_whole_whatever_models_do_to_the_process(folder: Path, what: str) -> None:
    (folder / "app.py").write_text(TABLE + HARMLESS[what])
    done = run(folder, "check", "--format=json", "--output=json=report.json")
    assert done.returncode == 1, done.stderr
    assert findings(done.stdout) == WHOLE
    assert findings((folder / "report.json").read_text()) == WHOLE
    said = {
        "output by every way there is": "printedwrittenrawanother",
        "output at the end": "goodbye",
    }
    assert "".join(done.stderr.split()) == said.get(what, "")
    assert (folder / "report.json").stat().st_mode & 0o777 != 0


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


def test_handlers_of_log_records_have_no_say_in_what_is_sent(folder: Path) -> None:
    (folder / "app.py").write_text(TABLE + HARMLESS["logs that exit"])
    done = run(
        folder, "check", "--format=json", "--report=github", GITHUB_TOKEN="t0ken",
        GITHUB_API_URL="http://127.0.0.1:1", GITHUB_REPOSITORY="acme/shop",
    )  # fmt: skip
    assert done.returncode == 3, done
    assert findings(done.stdout) == WHOLE
    assert "drift: error: github: " in done.stderr
    assert "internal error" not in done.stderr


def test_the_doctor_survives_models_too(folder: Path) -> None:
    (folder / "app.py").write_text("import os; os._exit(0)")
    done = run(folder, "doctor")
    assert done.returncode == 2
    assert "the process ended before the check was finished (exit code 0, while" in done.stderr


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
