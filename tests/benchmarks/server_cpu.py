"""The CPU seconds of a PostgreSQL server, from /proc: of the postmaster and its ended backends."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")
_FIRST = 11
"""The place of utime among the fields after the name; stime, cutime and cstime follow."""


class ServerCpu:
    """Reads the clock of a server on this machine; it counts a backend once that has ended."""

    def __init__(self, dsn: str) -> None:
        """Find the postmaster; `seconds` returns None if its files cannot be read."""
        self._dsn = dsn
        with psycopg.connect(dsn) as connection:
            (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        try:
            pid = int((Path(folder) / "postmaster.pid").read_text().split()[0])
            self._stat: Path | None = Path(f"/proc/{pid}/stat")
        except (OSError, ValueError):
            self._stat = None

    def seconds(self, database: str) -> float | None:
        """Return the CPU seconds so far, once all backends of a database have ended."""
        if self._stat is None:
            return None
        self._await_backends(database)
        fields = self._stat.read_text().rpartition(")")[2].split()
        return sum(map(int, fields[_FIRST : _FIRST + 4])) / _TICKS

    def _await_backends(self, database: str) -> None:
        query = "SELECT FROM pg_stat_activity WHERE datname = %s"
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            while connection.execute(query, [database]).fetchall():
                time.sleep(0.01)
