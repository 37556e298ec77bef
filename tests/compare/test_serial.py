"""The sequences behind columns: whose they are, and what is a difference in them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.servers import Database, create_all
from tests.system.checking import check, found


def tables(*names: str, type_: Any = sa.Integer) -> sa.MetaData:
    """Declare tables with a SERIAL `id`."""
    metadata = sa.MetaData()
    for name in names:
        sa.Table(name, metadata, sa.Column("id", type_, primary_key=True))
    return metadata


UNOWNED = "CREATE SEQUENCE s; CREATE TABLE t (id {} PRIMARY KEY DEFAULT nextval('s'))"
MISMATCH = "sequence-mismatch public.t_id_seq"

SERIALS: dict[str, tuple[Any, str, tuple[str, ...]]] = {
    "a sequence without an owner": (sa.Integer, UNOWNED.format("integer"), ()),
    "a sequence without an owner, bigint": (sa.BigInteger, UNOWNED.format("bigint"), ()),
    "a sequence of another name": (
        sa.Integer,
        "CREATE TABLE t (id serial PRIMARY KEY); ALTER SEQUENCE t_id_seq RENAME TO s", ()),
    "a sequence in another schema": (
        sa.Integer,
        "CREATE SCHEMA other; CREATE TABLE t (id serial PRIMARY KEY);"
        "ALTER SEQUENCE t_id_seq OWNED BY NONE; ALTER SEQUENCE t_id_seq SET SCHEMA other", ()),
    "a sequence of a server before PostgreSQL 10": (
        sa.Integer,
        "CREATE TABLE t (id serial PRIMARY KEY); ALTER SEQUENCE t_id_seq AS bigint", ()),
    "a column that was widened": (
        sa.BigInteger,
        "CREATE TABLE t (id serial PRIMARY KEY); ALTER TABLE t ALTER id TYPE bigint",
        (f"warning {MISMATCH}",)),
    "a small column that was widened": (
        sa.Integer,
        "CREATE TABLE t (id smallserial PRIMARY KEY); ALTER TABLE t ALTER id TYPE integer",
        (f"warning {MISMATCH}",)),
    "a sequence in another schema that is too small": (
        sa.BigInteger,
        "CREATE SCHEMA other; CREATE SEQUENCE other.s AS integer;"
        "CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('other.s'))",
        ("warning sequence-mismatch other.s",)),
    "a column that is wider than declared": (
        sa.Integer, "CREATE TABLE t (id bigserial PRIMARY KEY)",
        ("warning column-type-mismatch public.t.id",)),
    "a column that is narrower than declared": (
        sa.BigInteger, "CREATE TABLE t (id serial PRIMARY KEY)",
        ("error column-type-mismatch public.t.id",)),
    **{
        f"a sequence with {option}": (
            sa.Integer,
            f"CREATE TABLE t (id serial PRIMARY KEY); ALTER SEQUENCE t_id_seq {option}",
            (f"{severity} {MISMATCH}",))
        for option, severity in (
            ("INCREMENT 10", "warning"), ("MAXVALUE 1000", "warning"), ("CYCLE", "warning"),
            ("CACHE 5", "info"), ("START 100", "info"), ("MINVALUE -5", "info"),
            ("INCREMENT 10 MAXVALUE 1000 CYCLE", "warning"),
        )
    },
    "a sequence that was restarted": (
        sa.Integer,
        "CREATE TABLE t (id serial PRIMARY KEY); ALTER SEQUENCE t_id_seq RESTART 900", ()),
}  # fmt: skip


@pytest.mark.parametrize(("type_", "live", "expected"), SERIALS.values(), ids=SERIALS)
def test_the_sequence_of_a_serial_column(
    database: Database, type_: Any, live: str, expected: tuple[str, ...]
) -> None:
    database.execute(live)
    assert found(database.url, tables("t", type_=type_)) == sorted(expected)


def test_the_message_names_the_column_and_the_sequence(database: Database) -> None:
    database.execute("CREATE TABLE t (id serial PRIMARY KEY); ALTER TABLE t ALTER id TYPE bigint")
    [finding] = check(database.url, tables("t", type_=sa.BigInteger)).findings
    assert finding.message == (
        "sequence t_id_seq, which numbers t.id: maximum: models 9223372036854775807, "
        "database 2147483647"
    )


SHARED: dict[str, tuple[str, tuple[str, ...]]] = {
    "LIKE INCLUDING ALL": (
        "CREATE TABLE b (LIKE a INCLUDING ALL)", ("warning column-default-mismatch public.b.id",)),
    "another column of the table": (
        "CREATE TABLE b (id integer PRIMARY KEY, n serial);"
        "ALTER TABLE b ALTER id SET DEFAULT nextval('b_n_seq')",
        ("warning column-default-mismatch public.b.id", "warning extra-column public.b.n")),
    "an identity's": (
        "CREATE TABLE c (id int GENERATED ALWAYS AS IDENTITY);"
        "CREATE TABLE b (id integer PRIMARY KEY DEFAULT nextval('c_id_seq'))",
        ("warning column-default-mismatch public.b.id", "warning extra-table public.c")),
    "a table in a schema that is not checked": (
        "CREATE SCHEMA other; CREATE TABLE other.c (id serial);"
        "CREATE TABLE b (id integer PRIMARY KEY DEFAULT nextval('other.c_id_seq'))",
        ("warning column-default-mismatch public.b.id",)),
    "the parent's": ("CREATE TABLE b (PRIMARY KEY (id)) INHERITS (a)",
                     ("warning table-mismatch public.b",)),
    "one without an owner": (
        "CREATE SEQUENCE s; ALTER TABLE a ALTER id SET DEFAULT nextval('s');"
        "CREATE TABLE b (id integer PRIMARY KEY DEFAULT nextval('s'))", ()),
}  # fmt: skip


@pytest.mark.parametrize(("live", "expected"), SHARED.values(), ids=SHARED)
def test_a_serial_column_that_takes_the_numbers_of_another(
    database: Database, live: str, expected: tuple[str, ...]
) -> None:
    database.execute(f"CREATE TABLE a (id serial PRIMARY KEY); {live}")
    findings = check(database.url, tables("a", "b")).findings
    assert sorted(f"{f.severity} {f.rule} {f.object.path}" for f in findings) == sorted(expected)
    for finding in findings:
        assert "could not be compared" not in finding.message


USED: dict[str, tuple[str, tuple[str, ...]]] = {
    "by the default of an undeclared column": (
        "ALTER TABLE t ADD n int DEFAULT nextval('s')", ("warning extra-column public.t.n",)),
    "by the default of an undeclared table": (
        "CREATE TABLE u (n int DEFAULT nextval('s'))", ("warning extra-table public.u",)),
    "by a part of a default": (
        "ALTER TABLE t ADD n text DEFAULT 'B' || nextval('s')",
        ("warning extra-column public.t.n",)),
    "by a default that names it as text": (
        "ALTER TABLE t ADD n int DEFAULT nextval('s'::text)", ("warning extra-column public.t.n",)),
    "by a domain": (
        "CREATE DOMAIN d AS int DEFAULT nextval('s')", ("warning extra-domain public.d",)),
    "by a view": ("CREATE VIEW v AS SELECT nextval('s') AS n", ()),
    "by nothing": ("", ("warning extra-sequence public.s",)),
    "owned by a column that does not use it": ("ALTER SEQUENCE s OWNED BY t.id", ()),
}  # fmt: skip


@pytest.mark.parametrize(("live", "expected"), USED.values(), ids=USED)
def test_a_sequence_that_something_uses_is_not_extra(
    database: Database, live: str, expected: tuple[str, ...]
) -> None:
    database.execute(f"CREATE TABLE t (id serial PRIMARY KEY); CREATE SEQUENCE s; {live}")
    assert found(database.url, tables("t")) == sorted(expected)


IDENTITIES: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "widened": ({}, "ALTER TABLE t ALTER id TYPE bigint",
                ("warning column-type-mismatch public.t.id",)),
    "narrowed": ({}, "ALTER TABLE t ALTER id TYPE smallint",
                 ("error column-type-mismatch public.t.id",)),
    "widened, with a maximum of its own": (
        {"maxvalue": 99}, "ALTER TABLE t ALTER id TYPE bigint",
        ("warning column-type-mismatch public.t.id",)),
    "descending and widened": (
        {"increment": -1}, "ALTER TABLE t ALTER id TYPE bigint",
        ("warning column-type-mismatch public.t.id",)),
    "widened and limited": (
        {}, "ALTER TABLE t ALTER id TYPE bigint; ALTER TABLE t ALTER id SET MAXVALUE 99",
        ("warning column-identity-mismatch public.t.id",
         "warning column-type-mismatch public.t.id")),
    "cached": ({}, "ALTER TABLE t ALTER id SET CACHE 5",
               ("info column-identity-mismatch public.t.id",)),
    "no longer cached": ({"cache": 5}, "ALTER TABLE t ALTER id SET CACHE 1",
                         ("info column-identity-mismatch public.t.id",)),
    "cached as declared": ({"cache": 5}, "", ()),
}  # fmt: skip


@pytest.mark.parametrize(("options", "change", "expected"), IDENTITIES.values(), ids=IDENTITIES)
def test_one_change_of_an_identity_is_one_finding(
    database: Database, options: dict[str, Any], change: str, expected: tuple[str, ...]
) -> None:
    metadata = sa.MetaData()
    identity = sa.Identity(**options)
    sa.Table("t", metadata, sa.Column("id", sa.Integer, identity, primary_key=True))
    create_all(metadata, database.url)
    database.execute(change)
    assert found(database.url, metadata) == sorted(expected)
