"""A check is complete whatever the models do to the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.project import TABLE, WHOLE, findings, run

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


def test_log_handlers_of_the_models_do_not_affect_a_delivery(folder: Path) -> None:
    (folder / "app.py").write_text(TABLE + HARMLESS["logs that exit"])
    done = run(
        folder, "check", "--format=json", "--report=github", GITHUB_TOKEN="t0ken",
        GITHUB_API_URL="http://127.0.0.1:1", GITHUB_REPOSITORY="acme/shop",
    )  # fmt: skip
    assert done.returncode == 3, done
    assert findings(done.stdout) == WHOLE
    assert "drift: error: github: " in done.stderr
    assert "internal error" not in done.stderr
