"""Cases of objects that are declared as SQL, and how a test checks them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from drift.check import target as app
from drift.config import Target
from drift.report.report import Check
from drift.scratch import Scratch
from drift.sources.models.loader import Models
from drift.sources.sql_objects.expected import WithObjects
from drift.sources.sql_objects.header import sql_objects
from drift.sources.sql_objects.scratch_objects import ScratchObjects
from tests.servers import Database, create_all


class SqlCase(NamedTuple):
    """`sql` changes the live side, `expected` has `severity rule path` for each finding.

    `strict` are the kinds whose undeclared objects are differences, `server` is the least version.
    """

    kind: str
    name: str
    sql: str
    expected: tuple[str, ...]
    declared: Sequence[str]
    strict: tuple[str, ...] = ()
    server: int = 14

    @property
    def id(self) -> str:
        """A name that is unique among all tables of cases."""
        return f"{self.kind}: {self.name}"


def cases(kind: str, declared: Sequence[str], *rows: tuple[Any, ...]) -> list[SqlCase]:
    """Make cases of rows (name, sql, expected…, options as a dict last)."""
    made = [SqlCase(kind, "no change", "", (), declared)]
    for row in rows:
        options = row[-1] if isinstance(row[-1], dict) else {}
        name, sql, *expected = row[: len(row) - bool(options)]
        made.append(SqlCase(kind, name, sql, tuple(expected), declared, **options))
    return made


def metadata() -> sa.MetaData:
    """Return the tables of all cases."""
    made = sa.MetaData()
    sa.Table(
        "users",
        made,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(50)),
        sa.Column("email", sa.Text),
        sa.Column("mood", sa.Enum("good", "bad", name="mood")),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True)),
    )
    sa.Table(
        "orders",
        made,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.Integer),
        sa.Column("total", sa.Numeric(10, 2)),
    )
    return made


def create_tenant(database: Database, name: str) -> None:
    """Create the tables in a schema of their own."""
    database.execute(f"CREATE SCHEMA {name}")
    create_all(metadata(), make_conninfo(database.url, options=f"-csearch_path={name}"))


def expected(statements: Sequence[str], scratch: Scratch, made: Any = None) -> WithObjects:
    """Return the models of the cases with objects."""
    objects = [item for each in statements for item in sql_objects(each)]
    models = Models("test", [metadata() if made is None else made])
    return WithObjects(models, ScratchObjects(objects, scratch))


def check(database: Database, statements: Sequence[str], scratch: Scratch, **target: Any) -> Check:
    """Check the tables of the cases, and objects, against a database."""
    return app.check(
        Target(name="test", database=database.url, **target),
        note=lambda _text: None,
        expected=expected(statements, scratch),
    )


def prepare(
    database: Database, statements: Sequence[str], make: Callable[[], Any] = metadata
) -> None:
    """Create the tables and the objects."""
    create_all(make(), database.url)
    for statement in statements:
        database.execute(statement)
