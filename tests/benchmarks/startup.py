"""The time that `drift check` itself takes at few tables, beside the libraries and the models.

python -m tests.benchmarks.startup [TABLES] [ROUNDS]

Prints milliseconds of the processor, without the server: the least and the median of all rounds.
Each round runs every command once, one after the other.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from drift import scratch
from tests.benchmarks import shop
from tests.benchmarks.rounds import ROOT
from tests.servers import create_all

BEGIN, END = "import gc, os; gc.set_threshold(200_000)", "os._exit(0)"
"""As drift does: few searches for garbage, and an end without clean-up."""
MODELS = f"import sqlalchemy.orm, {shop.MODULE}; sqlalchemy.orm.configure_mappers()"
COMMANDS = {
    "drift check": ["-m", "drift", "check", f"--models={shop.MODULE}:Base"],
    "libraries and models": ["-c", f"{BEGIN}; import psycopg, click; {MODELS}; {END}"],
    "drift check, snapshot": ["-m", "drift", "check", "--expected=snapshot:schema.json"],
    "libraries of a snapshot": ["-c", f"{BEGIN}; import psycopg, click; {END}"],
    "drift --help": ["-m", "drift", "--help"],
    "import click": ["-c", "import click"],
}  # fmt: skip
"""What is measured; each second one is the part of the first that drift cannot save."""


def main() -> None:
    """Measure in fresh processes, and print a table."""
    tables, rounds = (int(text) for text in (*sys.argv[1:], *("10", "20")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder, scratch.start_server() as server:
        shop.write(Path(folder), tables)
        sys.path.insert(0, folder)
        create_all(__import__(shop.MODULE).Base.metadata, server.url())
        path = os.pathsep.join([folder, str(ROOT)])
        environment = os.environ | {"PYTHONPATH": path, "DATABASE_URL": server.url()}
        freeze = ["-m", "drift", "snapshot", f"models:{shop.MODULE}:Base", "-o", "schema.json"]
        _milliseconds(freeze, folder, environment)
        figures: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(rounds):
            for name, command in COMMANDS.items():
                figures[name].append(_milliseconds(command, folder, environment))
    print(f"{tables} tables, {rounds} rounds, milliseconds of the processor: least, median")
    _print(figures)


def _milliseconds(command: list[str], folder: str, environment: Mapping[str, str]) -> float:
    """Return the time of a process and of those that it waited for."""
    process = subprocess.Popen(
        [sys.executable, *command], cwd=folder, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return (used.ru_utime + used.ru_stime) * 1000


def _print(figures: Mapping[str, list[float]]) -> None:
    names = iter(figures)
    for whole, part in zip(names, names, strict=True):
        least, middle = (
            [measure(figures[name]) for name in (whole, part)]
            for measure in (min, statistics.median)
        )
        for name, *values in zip((whole, part), least, middle, strict=True):
            print(f"{name:26}{values[0]:8.1f}{values[1]:8.1f}")
        print(f"{'  difference':26}{least[0] - least[1]:8.1f}{middle[0] - middle[1]:8.1f}")
        print(f"{'  ratio':26}{least[0] / least[1]:8.2f}{middle[0] / middle[1]:8.2f}")


if __name__ == "__main__":
    main()
