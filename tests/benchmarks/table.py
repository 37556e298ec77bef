"""The table of all figures, as text for the terminal and as Markdown for this folder's README."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import psycopg
import sqlalchemy

from tests.benchmarks.rounds import ROOT, Row

Place: TypeAlias = tuple[int, int]
"""A number of tables, and a delay in milliseconds."""
README = Path(__file__).with_name("README.md")
_BEGIN, _END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"
_HEAD = (
    "tables", "delay", "tool", "seconds", "to drift", "CPU", "server CPU", "MB", "statements",
    "round trips", "rounds",
)  # fmt: skip


def _cells(place: Place, name: str, row: Row, drift: Row) -> list[str]:
    tables, delay = place
    first = [f"{tables:,}", f"{delay} ms", name]
    if "seconds" not in row:
        return [*first, row["outcome"], *[""] * (len(_HEAD) - 4)]
    ratio = f"{row['seconds'] / drift['seconds']:.2f} x" if "seconds" in drift else ""
    return [
        *first,
        f"{row['seconds']:.3f}",
        ratio,
        f"{row['cpu']:.3f}",
        f"{row['server']:.3f}" if "server" in row else "",
        f"{row['above']:.0f}" if "above" in row else "",
        f"{row['statements']:,.0f}" if "statements" in row else "",
        f"{row['round_trips']:,.0f}" if "round_trips" in row else "",
        str(row["rounds"]),
    ]


def _all_cells(rows: Mapping[Place, Mapping[str, Row]]) -> list[list[str]]:
    return [
        _cells(place, name, row, tools.get("drift", {}))
        for place, tools in rows.items()
        for name, row in tools.items()
    ]


def lines(rows: Mapping[Place, Mapping[str, Row]]) -> str:
    """Return the rows with aligned columns."""
    table = [list(_HEAD), *_all_cells(rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    )


def write(rows: Mapping[Place, Mapping[str, Row]], dsn: str) -> None:
    """Replace the figures in the README by these."""
    text = README.read_text()
    start, end = text.index(_BEGIN) + len(_BEGIN), text.index(_END)
    README.write_text(f"{text[:start]}\n{_where(dsn)}\n\n{_markdown(rows)}\n\n{text[end:]}")


def _markdown(rows: Mapping[Place, Mapping[str, Row]]) -> str:
    head = [list(_HEAD), ["--:", "--:", "---", *["--:"] * (len(_HEAD) - 3)]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [*head, *_all_cells(rows)])


def _where(dsn: str) -> str:
    """Return what the figures hold for."""
    with psycopg.connect(dsn) as connection:
        (version,) = connection.execute("SHOW server_version").fetchone() or ("",)
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout
    return (
        f"{datetime.date.today()}, commit {commit.strip()}: Python {platform.python_version()}, "
        f"SQLAlchemy {sqlalchemy.__version__}, PostgreSQL {version.split()[0]}, "
        f"{os.cpu_count()} cores."
    )
