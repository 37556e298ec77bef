"""What differs only in looks, and what a model leaves open, is never a finding."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql import expression

from drift.kinds import RULES
from tests.servers import Database, create_all
from tests.system.checking import check, found
from tests.system.small_tables import in_sync, table
from tests.versions import SQLALCHEMY, ddl_if


class utcnow(expression.FunctionElement[Any]):  # noqa: N801 — a SQL function's name
    """A default of the project's own, as many applications have one."""

    type = sa.DateTime()
    inherit_cache = True


@compiles(utcnow, "postgresql")
def _utcnow(element: Any, compiler: Any, **_: Any) -> str:
    return "TIMEZONE('utc', CURRENT_TIMESTAMP)"


class Elsewhere(sa.Table):
    """A table that is made on another database system only."""

    inherit_cache = True


@compiles(CreateTable, "postgresql")
def _create_table(element: Any, compiler: Any, **options: Any) -> Any:
    if isinstance(element.element, Elsewhere):
        return "SELECT 1"
    return compiler.visit_create_table(element, **options)


def test_a_default_of_a_construct_of_ones_own(database: Database) -> None:
    in_sync(database, table(sa.Column("at", sa.DateTime, server_default=utcnow())))


def test_a_check_that_stands_on_its_column(database: Database) -> None:
    in_sync(database, table(sa.Column("n", sa.Integer, sa.CheckConstraint("n > 0", name="ck"))))


@pytest.mark.parametrize("names", [(None, None), ("uq_a", None), (None, "uq_b"), ("uq_a", "uq_b")])
def test_a_unique_constraint_declared_twice(
    database: Database, names: tuple[str | None, str | None]
) -> None:
    in_sync(
        database,
        table(
            sa.Column("n", sa.Integer),
            *(sa.UniqueConstraint("n", name=name) for name in names),
            sa.UniqueConstraint("id"),
        ),
    )


@pytest.mark.parametrize("names", [(None, None), ("ex_a", None), (None, "ex_b"), ("ex_a", "ex_b")])
def test_an_exclusion_constraint_declared_twice(
    database: Database, names: tuple[str | None, str | None]
) -> None:
    twice = (pg.ExcludeConstraint(("span", "&&"), name=name) for name in names)
    in_sync(database, table(sa.Column("span", pg.INT4RANGE), *twice))


def test_a_table_that_is_made_elsewhere_only(database: Database) -> None:
    metadata = table()
    Elsewhere("virtual", metadata, sa.Column("id", sa.Integer))
    in_sync(database, metadata)


@ddl_if
def test_what_is_declared_for_another_dialect_only(database: Database) -> None:
    metadata = table(sa.Column("n", sa.Integer))
    found = metadata.tables["t"]
    sa.Index("only_there", found.c.n).ddl_if(dialect="sqlite")
    check = sa.CheckConstraint("n > 0", name="there").ddl_if(dialect="mysql")
    found.append_constraint(check)
    sa.Index("here", found.c.n).ddl_if(callable_=lambda *_, dialect, **__: dialect.name != "x")
    in_sync(database, metadata)


def test_a_default_that_is_left_to_the_server(database: Database) -> None:
    metadata = table(sa.Column("n", sa.Integer, server_default=sa.FetchedValue()))
    create_all(metadata, database.url)
    database.execute("ALTER TABLE t ALTER n SET DEFAULT 5")
    assert found(database.url, metadata) == []


def test_a_system_column(database: Database) -> None:
    in_sync(database, table(sa.Column("xmin", sa.Integer, system=True)))


def test_a_char_that_one_driver_makes_a_varchar(database: Database) -> None:
    class Hex(sa.types.TypeDecorator[Any]):
        impl = sa.CHAR
        cache_ok = True

        def load_dialect_impl(self, dialect: Any) -> Any:
            return dialect.type_descriptor(sa.CHAR(32))

    metadata = table(sa.Column("key", Hex()))
    create_all(metadata, database.url)
    assert found(database.url, metadata) == []
    database.execute("ALTER TABLE t ALTER key TYPE varchar(32)")
    expected = [] if SQLALCHEMY >= (2, 0) else ["error column-type-mismatch public.t.key"]
    assert found(database.url, metadata) == expected
    database.execute("ALTER TABLE t ALTER key TYPE varchar(31)")
    assert found(database.url, metadata) == ["error column-type-mismatch public.t.key"]


def test_several_bases_in_one_database(database: Database) -> None:
    other = sa.MetaData()
    sa.Table("second", other, sa.Column("id", sa.Integer, primary_key=True))
    in_sync(database, table(), other)


def test_public_named_and_implied(database: Database) -> None:
    metadata = table(sa.Column("kind", sa.Enum("a", name="kind", schema="public")))
    named = sa.Table(
        "named", metadata, sa.Column("t", sa.Integer), sa.Column("k", sa.Enum("a", name="other")),
        schema="public",
    )  # fmt: skip
    named.append_constraint(sa.ForeignKeyConstraint([named.c.t], [metadata.tables["t"].c.id]))
    in_sync(database, metadata)


def test_what_belongs_to_an_extension(database: Database) -> None:
    extensions = {row[0] for row in database.fetch("SELECT name FROM pg_available_extensions")}
    if not {"pg_stat_statements", "citext"} <= extensions:
        pytest.skip("this server has no contrib modules")
    database.execute("CREATE SCHEMA lib; CREATE EXTENSION citext SCHEMA lib")
    database.execute("CREATE EXTENSION pg_stat_statements")

    class Citext(sa.types.UserDefinedType[Any]):
        cache_ok = True

        def get_col_spec(self, **_: Any) -> str:
            return "CITEXT"

    metadata = table(sa.Column("mail", Citext(), server_default="x"))
    database.execute(
        "CREATE TABLE t (id serial PRIMARY KEY, mail lib.citext DEFAULT 'x'::lib.citext)"
    )
    assert found(database.url, metadata) == []


def test_partitions_inherited_columns_and_temporary_tables(database: Database) -> None:
    metadata = table(postgresql_partition_by="LIST (id)")
    create_all(metadata, database.url)
    database.execute("CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1)")
    assert found(database.url, metadata) == []


def test_an_index_that_a_listener_made_is_extra(database: Database) -> None:
    metadata = table(sa.Column("n", sa.Integer))
    ddl: Any = sa.DDL
    listener = ddl("CREATE INDEX by_hand ON t (n)")
    sa.event.listen(metadata, "after_create", listener)
    create_all(metadata, database.url)
    [finding] = check(database.url, metadata).findings
    assert (finding.rule, finding.object.name) == ("extra-index", "by_hand")
    assert finding.impact == "Writes are slower."
    assert "listener" in RULES[finding.rule].remedy


def test_a_type_whose_schema_is_closed_to_the_role(database: Database) -> None:
    metadata = sa.MetaData()
    sa.Table(
        "t", metadata, sa.Column("m", sa.Enum("a", "b", name="mood", schema="lib"),
                                 server_default="a"),
        sa.CheckConstraint("m IN ('a')", name="ck"),
    )  # fmt: skip
    database.execute("CREATE SCHEMA lib; REVOKE USAGE ON SCHEMA lib FROM public")
    create_all(metadata, database.url)
    assert found(database.url, metadata) == []
    role = database.role("closed")
    database.execute(f'GRANT SELECT ON t TO "{role}"')
    assert found(database.url_for(role), metadata) == []
