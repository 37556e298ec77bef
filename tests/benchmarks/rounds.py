"""Measures tools in rounds, each in a process of its own; the figures are medians."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from psycopg import conninfo

from tests.benchmarks.server_cpu import ServerCpu

ROOT = Path(__file__).parents[2]
Row = dict[str, Any]
_BUDGET = 40.0
"""Seconds after which a tool is not measured again at one size and delay, with the models' import:
5,000 tables take 25 seconds to import."""


class Tool(NamedTuple):
    """A tool as the table calls it, its command, and the checkout whose code it runs."""

    name: str
    command: tuple[str, ...]
    checkout: Path = ROOT


def of_module(name: str, tool: str, checkout: Path = ROOT) -> Tool:
    """Return a tool of `tests.benchmarks.tool`."""
    return Tool(name, (sys.executable, "-m", "tests.benchmarks.tool", tool), checkout)


class Bench:
    """Measures against one server; `folder` holds the models."""

    def __init__(self, folder: Path, dsn: str, rounds: int, patience: float) -> None:
        self._folder, self._rounds, self._patience = folder, rounds, patience
        self._server = ServerCpu(dsn)

    def measure(self, tools: list[Tool], url: str, delay: int) -> dict[str, Row]:
        """Return a row per tool: the median of each figure, and the number of rounds.

        The rounds of the tools alternate, so that a disturbance meets all of them.
        """
        rows: dict[str, list[Row]] = {tool.name: [] for tool in tools}
        spent = dict.fromkeys(rows, 0.0)
        for _ in range(self._rounds):
            for tool in tools:
                if spent[tool.name] < _BUDGET:
                    began = time.perf_counter()
                    rows[tool.name].append(self._once(tool, url, delay))
                    spent[tool.name] += time.perf_counter() - began
        return {name: _median(each) for name, each in rows.items()}

    def _once(self, tool: Tool, url: str, delay: int) -> Row:
        database = str(conninfo.conninfo_to_dict(url)["dbname"])
        before = self._server.seconds(database)
        if delay:
            with _proxy(url, delay) as (through, counted):
                row = self._run(tool, through)
                row |= counted() if "seconds" in row else {}
        else:
            row = self._run(tool, as_url(url))
        if before is not None:
            row["server"] = (self._server.seconds(database) or before) - before
        return row

    def _run(self, tool: Tool, url: str) -> Row:
        path = os.pathsep.join([str(self._folder), str(tool.checkout)])
        used, began = _children(), time.perf_counter()
        try:
            outcome = subprocess.run(
                [*tool.command, url],
                capture_output=True,
                text=True,
                cwd=self._folder,
                env=os.environ | {"PYTHONPATH": path},
                timeout=self._patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"outcome": f"given up after {self._patience:.0f} s"}
        if outcome.returncode:
            return {"outcome": outcome.stderr.strip().splitlines()[-1][:100]}
        whole = {"seconds": time.perf_counter() - began, "cpu": _children() - used, "outcome": ""}
        return json.loads(outcome.stdout) if outcome.stdout.startswith("{") else whole


def as_url(dsn: str) -> str:
    """Return a libpq string as a URL, which every tool takes."""
    parts = conninfo.conninfo_to_dict(dsn)
    query = f"host={parts.get('host') or '127.0.0.1'}&port={parts.get('port') or 5432}"
    return f"postgresql://{parts.get('user') or 'postgres'}@/{parts['dbname']}?{query}"


def _children() -> float:
    """Return the CPU seconds of all processes that this one waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _median(rows: list[Row]) -> Row:
    """Return the median of each figure; what failed once counts as failed."""
    failed = [row for row in rows if "seconds" not in row]
    if failed:
        return failed[0]
    figures = [key for key, value in rows[0].items() if not isinstance(value, str)]
    medians = {key: statistics.median(row[key] for row in rows) for key in figures}
    return {**medians, "outcome": rows[0]["outcome"], "rounds": len(rows)}


@contextmanager
def _proxy(url: str, delay: int) -> Iterator[tuple[str, Callable[[], Row]]]:
    """Yield a URL that leads through `delay`, and the function that counts what went through."""
    parts = conninfo.conninfo_to_dict(url)
    host, port = str(parts.get("host") or "127.0.0.1"), str(parts.get("port") or 5432)
    command = [sys.executable, "-m", "tests.benchmarks.delay", host, port, str(delay)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdin
    assert process.stdout
    own = int(process.stdout.readline())
    user = parts.get("user", "postgres")

    def counted() -> Row:
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        numbers = map(int, process.stdout.readline().split())
        return dict(zip(("statements", "round_trips", "bytes"), numbers, strict=True))

    try:
        yield f"postgresql://{user}@127.0.0.1:{own}/{parts['dbname']}", counted
    finally:
        process.kill()
        process.wait()
