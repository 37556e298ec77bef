"""Makes the history of a project's migrations: each step is compared with the models."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from drift.causes.history import History, Revision, Step
from drift.causes.sides import Side
from drift.check.reading import Manner
from drift.check.session import compare_with_database, own_differences
from drift.config import Target
from drift.kinds.sides import Sides
from drift.lazy_regex import lazy_regex
from drift.scratch import ScratchDatabase
from drift.sources.interface import Expected, Note
from drift.sources.reflected import Reflected

if TYPE_CHECKING:
    from drift.sources.migrations.discovery import Environment
    from drift.sources.migrations.graph import ScriptGraph
    from drift.sources.migrations.runner import Migrations

EARLIER = 5
"""Revisions before the database's own of which drift looks whether they ran."""


_MANNER = Manner(sides=Sides(expected="models", actual="migrations"), needs_tables=False)


_COMMITS = lazy_regex(r"autocommit_block|\.commit\(|\bCOMMIT\b|(?i:concurrently)")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A target whose history is needed.

    `current` are the revisions of its version table; None: it has none, or the project lacks one.
    Tables without a schema are in `default_schema`, the version table is in `version_schema`.
    """

    target: Target
    expected: Expected
    environment: Environment
    graph: ScriptGraph
    current: tuple[str, ...] | None
    default_schema: str
    version_schema: str
    extensions: tuple[str, ...] = ()
    note: Note

    @property
    def key(self) -> Hashable:
        """Targets with equal keys have the same history."""
        target = self.target
        return (
            self.environment,
            self.current,
            self.default_schema,
            self.version_schema,
            self.extensions,
            id(self.expected),
            target.schemas,
            target.path,
        )


class Made(msgspec.Struct, frozen=True):
    """A history, and the schema of the database's own revision; None if it cannot be made."""

    history: History
    applied: Reflected | None = None
    notes: tuple[str, ...] = ()


def made(request: Request, database: ScratchDatabase, migrations: Migrations) -> Made:
    """Run the migrations on a scratch database. Raises DriftError if one fails."""
    _create_schema(database, request.version_schema)
    _set_default_schema(database, request.default_schema)
    return _Builder(request, database, migrations).build()


class _Builder:
    """Runs the migrations step by step, and compares the models with each result."""

    def __init__(self, request: Request, database: ScratchDatabase, migrations: Migrations) -> None:
        self._request, self._database, self._migrations = request, database, migrations
        self._reflected: Reflected | None = None

    def build(self) -> Made:
        applied, pending = list(self._applied()), []
        own = self._reflected if applied else None
        if self._request.current is None:
            self._migrations.upgrade("heads")
            heads = ", ".join(self._migrations.heads())
            pending = [self._step(Revision(heads))]
        else:
            pending = list(self._run(self._plan(self._request.current, "heads")))
        return Made(
            History(
                applied=tuple(applied),
                pending=tuple(pending),
                from_models=self._migrations.creates_metadata,
            ),
            own,
            tuple(_absent(self._database.absent_extensions)),
        )

    def _applied(self) -> Iterator[Step]:
        """Yield the steps up to the database's own revision, and the state before the first one."""
        if self._request.current is None:
            return
        plan = self._plan((), self._request.current)
        before, last = plan[:-EARLIER], plan[-EARLIER:]
        if before:
            self._migrations.upgrade(self._tips(before))
        yield self._step(before[-1] if before else None)
        yield from self._run(last)

    def _plan(self, since: Sequence[str], to: str | Sequence[str]) -> list[Revision]:
        steps = self._migrations.plan(since, to)
        return [
            Revision(step.revision, step.message, _shown(step.file), _is_divisible(step.file))
            for step in steps
        ]

    def _tips(self, revisions: Iterable[Revision]) -> tuple[str, ...]:
        """Return those of the revisions that no other of them comes after."""
        scripts = self._request.graph.scripts
        ids = [revision.id for revision in revisions]
        below = {
            name
            for revision in ids
            if revision in scripts
            for name in (*scripts[revision].down, *scripts[revision].depends_on)
        }
        return tuple(revision for revision in ids if revision not in below)

    def _run(self, revisions: Sequence[Revision]) -> Iterator[Step]:
        for number, revision in enumerate(revisions, 1):
            name = self._request.target.name
            self._request.note(f"{name}: migration {revision} ({number} of {len(revisions)})")
            self._migrations.upgrade(revision.id)
            yield self._step(revision)

    def _step(self, revision: Revision | None) -> Step:
        """Compare the models with the scratch database as it is now."""
        from drift.sources.database.connection import parse

        target = msgspec.structs.replace(self._request.target, database=self._database.url)
        address = parse(self._database.url)
        compared = compare_with_database(
            target, self._request.expected, address, target.connect_timeout, manner=_MANNER
        )
        schema = compared.reflection.schema
        self._reflected = Reflected(schema, "migrations", str(revision or "base"))
        return Step(revision, Side(own_differences(self._request.expected, compared)))


def _set_default_schema(database: ScratchDatabase, name: str) -> None:
    """Let migrations create tables without a schema in the one that the live database has for it.

    The sides are compared by the schemas of their objects, which must be the same on each.
    """
    import psycopg
    from psycopg import sql

    if name == "public":
        return
    _create_schema(database, name)
    schema = sql.Identifier(name)
    own = sql.Identifier(str(database.parameters["dbname"]))
    with psycopg.connect(database.url, autocommit=True) as connection:
        path = sql.SQL("ALTER DATABASE {} SET search_path = {}, public").format(own, schema)
        connection.execute(path)


def _create_schema(database: ScratchDatabase, name: str) -> None:
    """Create the schema of the version table, which no migration can: Alembic needs it before."""
    import psycopg
    from psycopg import sql

    statement = sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name))
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(statement)


def _absent(extensions: Iterable[str]) -> Iterator[str]:
    for name in extensions:
        yield (
            f"the scratch server lacks the extension {name}; what depends on it is not compared: "
            "set scratch: to the URL of a server that has it"
        )


def _is_divisible(file: str) -> bool:
    """Return whether a migration commits in between, as CREATE INDEX CONCURRENTLY needs it."""
    try:
        text = Path(file).read_text(errors="replace")
    except OSError:
        return False
    return _COMMITS.search(text) is not None


def _shown(file: str) -> str:
    path = Path(file)
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else file
