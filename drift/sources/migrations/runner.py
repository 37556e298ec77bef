"""Runs the project's migrations on a scratch database, in a process of its own.

with run(environment, database.url, note) as migrations:
    migrations.upgrade("heads")
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from drift import config, redaction
from drift.errors import MigrationsError
from drift.scratch import ScratchDatabase
from drift.sources.interface import Note
from drift.sources.migrations.child import Command, Setup
from drift.sources.migrations.discovery import Environment
from drift.sources.migrations.failures import ROLE
from drift.sources.migrations.hooks.messages import Configured, Excluded, Question
from drift.sources.migrations.process import Failed, Process
from drift.sources.migrations.redirection import Redirection, passwords, scheme_of

_MOST_ROLES = 50
_UNDEFINED_OBJECT = "42704"
_START_SECONDS = 60.0
_SCHEMAS = """
SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = %s AND (n.nspname = %s OR %s::text IS NULL) AND n.nspname !~ '^pg_'
"""


class Step(NamedTuple):
    """A revision, the first line of its docstring, and its file."""

    revision: str
    message: str
    file: str


class Migrations:
    """The migrations of an environment, on one database. Use `run` to make one.

    `creates_metadata` are the revisions that called `MetaData.create_all`: they create tables as
    the models declare them now, and so prove nothing about the models. `isolated` if the process
    has no network.
    """

    def __init__(self, process: Process, database: ScratchDatabase, seconds: float) -> None:
        self._process, self._database, self._seconds = process, database, seconds
        self._table: Mapping[str, Any] = {}
        self.creates_metadata: tuple[str, ...] = ()
        self.isolated = False

    def load(self) -> None:
        """Import env.py, the revisions and so the application, without running a migration."""
        self._answer("load")

    def upgrade(self, revisions: str | Sequence[str] = "heads") -> None:
        """Run the migrations up to these revisions, as `alembic upgrade` does.

        Roles that a migration names are created on the bundled server. Raises MigrationsError.
        """
        names = (revisions,) if isinstance(revisions, str) else tuple(revisions)
        names = tuple(name for name in names if name != "base")
        before = self.current()
        for _ in range(_MOST_ROLES):
            try:
                answer = self._ask("upgrade", revisions=names)
                self._table = {**self._table, "steps": 0, **answer}
                break
            except Failed as failure:
                if not self._created_role(failure):
                    raise failure.error from None
        self.creates_metadata = tuple(dict.fromkeys(self._table.get("creates_metadata", ())))
        if self._table.get("steps") and self.current() == before:
            raise MigrationsError(
                "migrations: env.py ran the migrations and did not commit them; run them in "
                "`with context.begin_transaction():`, and commit the connection"
            )

    def current(self) -> tuple[str, ...]:
        """Return the revisions in the version table, whose name is known after the first upgrade.

        Without a schema, the search path that env.py sets decides where it is: in any of them.
        """
        import psycopg
        from psycopg import sql

        name, schema = self._table.get("table"), self._table.get("schema")
        if name is None:
            return ()
        with psycopg.connect(self._database.url) as connection:
            schemas = connection.execute(_SCHEMAS, [name, schema, schema]).fetchall()
            queries = [
                sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(*row, name))
                for row in schemas
            ]
            rows = connection.execute(sql.SQL(" UNION ").join(queries)) if queries else ()
            return tuple(sorted(str(row[0]) for row in rows))

    def heads(self) -> tuple[str, ...]:
        """Return the heads of the scripts."""
        return tuple(self._answer("heads"))

    def plan(self, since: str | Sequence[str], to: str | Sequence[str]) -> list[Step]:
        """Return the steps between two states in the order in which they run."""
        answer = self._answer("plan", revisions=_names(to), since=_names(since))
        return [Step(*step) for step in answer]

    def configured(self) -> Configured:
        """Run env.py without a step, and return the hooks that it gives to Alembic."""
        return msgspec.convert(self._answer("configured"), Configured)

    def excluded(self, questions: Sequence[Question]) -> list[Excluded]:
        """Return the differences that hooks of env.py exclude."""
        answer = self._answer("excluded", questions=tuple(questions))
        return msgspec.convert(answer, list[Excluded])

    def _created_role(self, failure: Failed) -> bool:
        """Create the role that a migration lacks, on a server that is thrown away."""
        problem = failure.problem
        match = ROLE.search(problem.summary) if problem.state == _UNDEFINED_OBJECT else None
        if match is None or not self._database.is_bundled:
            return False
        self._database.create_role(match[1])
        return True

    def _answer(self, name: str, **options: Any) -> Any:
        try:
            return self._ask(name, **options)
        except Failed as failure:
            raise failure.error from None

    def _ask(self, name: str, **options: Any) -> Any:
        self._process.send(msgspec.json.encode(Command(name=name, **options)))
        return self._process.receive("migrations", self._seconds)


def _names(revisions: str | Sequence[str]) -> tuple[str, ...]:
    names = (revisions,) if isinstance(revisions, str) else tuple(revisions)
    return tuple(name for name in names if name != "base")


@contextmanager
def run(  # noqa: PLR0913 — the options name the databases that the process must not reach
    environment: Environment,
    database: ScratchDatabase | str,
    note: Note = lambda _text: None,
    *,
    settings: config.Migrations = config.Migrations(),  # noqa: B008 — immutable
    live: str | None = None,
    path: Sequence[str] = (),
    variables: Mapping[str, str] = os.environ,
) -> Iterator[Migrations]:
    """Start the process that runs env.py; end it with the block. Raises MigrationsError.

    `live` is the URL of the live database, which the variables must not name. `path` are folders
    to import from.
    """
    if isinstance(database, str):
        database = ScratchDatabase(url=database)
    folders = (environment.root, Path.cwd(), *map(Path, path))
    redaction.remember(passwords(variables, folders))
    redirection = _redirection(environment, database, settings, live, variables)
    parameters = database.parameters
    local = parameters.get("host", "").startswith("/") and "hostaddr" not in parameters
    process = Process(redirection.environment(variables, folders), isolated=local)
    try:
        migrations = Migrations(process, database, settings.timeout)
        process.send(msgspec.json.encode(_setup(environment, parameters, redirection, path)))
        try:
            migrations.isolated = process.receive("migrations", _START_SECONDS)["isolated"]
        except Failed as failure:
            raise failure.error from None
        yield migrations
        process.end()
        for line in process.output:
            note(f"env.py printed: {line}")
    finally:
        process.end()


def run_for(
    target: config.Target, environment: Environment, database: ScratchDatabase, note: Note
) -> AbstractContextManager[Migrations]:
    """Start the process with the settings of a target, whose database it must not reach."""
    return run(
        environment,
        database,
        note,
        settings=target.migrations,
        live=target.database,
        path=target.path,
    )


def _setup(
    environment: Environment,
    parameters: Mapping[str, str],
    redirection: Redirection,
    path: Sequence[str],
) -> Setup:
    ini = environment.ini or environment.root / "alembic.ini"
    return Setup(
        parameters=dict(parameters),
        url=redirection.url(),
        root=str(environment.root.absolute()),
        folder=str(Path.cwd()),
        script=str(environment.folder.absolute()),
        ini=str(ini.absolute()) if environment.ini or environment.toml else None,
        toml=str(environment.toml.absolute()) if environment.toml else None,
        section=environment.section,
        path=tuple(str(Path(folder).absolute()) for folder in path),
    )


def _redirection(
    environment: Environment,
    database: ScratchDatabase,
    settings: config.Migrations,
    live: str | None,
    variables: Mapping[str, str],
) -> Redirection:
    """Return the settings for the scratch database, in the scheme of env.py's URLs."""
    from drift.errors import DatabaseError
    from drift.sources.database.connection import parse

    try:
        parameters = dict(parse(live).parameters) if live else {}
    except DatabaseError:
        parameters = {}
    given = [variables.get(name) for name in settings.variables]
    script = _text(environment.folder / "env.py")
    return Redirection(
        parameters=database.parameters,
        live=parameters,
        variables=settings.variables,
        scheme=scheme_of([*given, _configured(environment), live], script),
    )


def _configured(environment: Environment) -> str | None:
    """Return `sqlalchemy.url` of the configuration, as it is written there."""
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_text(environment.ini) if environment.ini else "")
    except configparser.Error:
        return None
    return parser.get(environment.section, "sqlalchemy.url", fallback=None)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
