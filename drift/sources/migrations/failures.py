"""Describes an exception of migrations: revision, the user's own line, reason, advice."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from typing import Any

import msgspec

from drift.errors import DriftError, MigrationsError
from drift.redaction import known
from drift.sources.migrations.guard import RefusedError, refusal
from drift.sources.models.model_errors import models_error

LONGEST_ID = 32
"""Characters of a revision's id in the table that Alembic makes for itself."""
_OF_MIGRATIONS = (
    (
        r'(?:relation|table) "(?P<name>[^"]+)" does not exist',
        "no earlier migration creates {name}; if the application creates its first tables in "
        "another way, write a migration that creates them, or create them in an env.py for drift",
    ),
)
_ADVICE = (
    (
        r'extension "(?P<name>[^"]+)" is not available',
        "the scratch server lacks the extension {name}; write scratch: with the URL of a server "
        "that has it into drift.yaml",
    ),
    (r'role "(?P<name>[^"]+)" does not exist', "create the role on the server of scratch:"),
    (
        r'schema "(?P<name>[^"]+)" does not exist',
        "no earlier migration creates the schema; add CREATE SCHEMA IF NOT EXISTS to one",
    ),
    (
        r"(?:function|type|operator class) .*does not exist",
        "if an extension has it, add CREATE EXTENSION IF NOT EXISTS to an earlier migration",
    ),
    (
        r'could not (?:parse network address|establish connection|connect to server ")',
        "drift lets the scratch server connect to no other server: a migration did so with dblink, "
        "postgres_fdw or a subscription",
    ),
    (r"No space left on device", "free space, or set TMPDIR to a larger file system"),
    (
        rf"longer than {LONGEST_ID} characters",
        "shorten the id, also in other migrations that name it; or let env.py create the table "
        "first, with a longer column version_num",
    ),
    (r"Multiple head revisions", "name one, or use migrations@heads"),
    (r"Can't locate revision", "`alembic history` lists the revisions"),
    (
        r"your settings need .* at import: set",
        "or, if it holds the URL of the database, name it in migrations: variables: of drift.yaml",
    ),
)
_LONG_ID = re.compile(rf"(?:INSERT|UPDATE) .*?version_num.*?'(\w[^']{{{LONGEST_ID},}})'", re.DOTALL)
"""Alembic's statement that notes a revision which the column cannot hold."""
ROLE = re.compile(r'role "([^"]+)" does not exist')


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An exception of a command, as the child sends it.

    `summary` has no message of the exception but the server's own; `private` may have any.
    """

    summary: str
    private: str = ""
    revision: str = ""
    state: str = ""
    trace: tuple[str, ...] = ()

    def error(self, doing: str, refused: Iterable[str], output: Iterable[str]) -> MigrationsError:
        """Return the error for the user; `output` are the last lines that env.py printed."""
        at = f"{doing}: revision {self.revision}" if self.revision else doing
        hint = "".join(f" ({text})" for text in self._advice(refused))
        lines = tuple(f"env.py printed: {line}" for line in output)
        private = f"{at}: {self.private}{hint}" if self.private else ""
        return MigrationsError(f"{at}: {self.summary}{hint}", private=private,
                               trace=(*self.trace, *lines))  # fmt: skip

    def _advice(self, refused: Iterable[str]) -> Iterable[str]:
        yield from advice(f"{self.summary} {self.private}")
        for address in list(dict.fromkeys(refused))[:1]:
            if address not in self.summary:
                yield refusal(address)


def advice(message: str, *, of_migrations: bool = True) -> Iterable[str]:
    """Yield the fixes for a message of the server or of Alembic's.

    SQL files are run in the same way, but advice about a missing table is for migrations only.
    """
    for pattern, text in (*_ADVICE, *(_OF_MIGRATIONS if of_migrations else ())):
        if match := re.search(pattern, message):
            yield text.format(**match.groupdict())


def describe(error: BaseException) -> Problem:
    """Return the problem behind an exception that env.py or a migration raised."""
    revision = _revision(error)
    plain = models_error("", error)
    trace = tuple(known().foreign(line) for line in plain.trace)
    position, text = _position(plain.private), _message(error)
    if isinstance(error, SystemExit):
        text = f"env.py ended the process with exit code {error.code}; remove that call"
    elif isinstance(error, RefusedError | DriftError):
        text = str(error)
    state = _state(error)
    if "Can't locate revision" in text:
        position = ""  # the line of env.py that runs the migrations has nothing to do with it
    if text or state:
        return Problem(summary=f"{position}{text}", revision=revision, state=state, trace=trace)
    summary, private = (part.removeprefix(": ") for part in (str(plain), plain.private))
    return Problem(
        summary=summary, private=known().foreign(private), revision=revision, trace=trace
    )


def _position(text: str) -> str:
    """Return `file:line: ` of a message of `models_error`."""
    match = re.match(r": (\S.*?:\d+: )", text)
    return match[1] if match else ""


def _message(error: BaseException) -> str:
    """Return the message of an error of the server or of Alembic's; "" for any other.

    Those quote names and SQL, not the settings of the application.
    """
    if type(error).__module__.startswith("alembic."):
        return f"{type(error).__name__}: {_line(str(error))}"
    original = getattr(error, "orig", None) or error
    if not _state(original):
        return ""
    statement = str(getattr(error, "statement", ""))
    if _state(original) == "22001" and (long_id := _LONG_ID.search(statement)):
        return f"the revision id {long_id[1]} is longer than {LONGEST_ID} characters"
    primary = getattr(getattr(original, "diag", None), "message_primary", None)
    kind = type(original).__name__
    if kind == "AsyncAdapt_asyncpg_dbapi.Error" or "." in kind:
        kind = type(original.__cause__ or original).__name__
    return f"{kind}: {_line(str(primary or original))}"


def _line(text: str) -> str:
    text = re.sub(r"^<class '[^']*'>: ", "", text)  # the adapter of asyncpg adds it
    return known().foreign(next((line for line in text.splitlines() if line.strip()), ""))


def _state(error: Any) -> str:
    """Return the SQLSTATE of an error of a driver, or of SQLAlchemy around it."""
    original = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    return state if isinstance(state, str) else ""


def _revision(error: BaseException) -> str:
    """Return the revision whose script was running."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        names = frame.f_globals
        if "down_revision" in names and isinstance(names.get("revision"), str):
            return str(names["revision"])
    return ""
