"""Roles that may do next to nothing, and names that PostgreSQL cuts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.servers import Database, create_all
from tests.system.checking import check, drift, found

METADATA = sa.MetaData()
sa.Table(
    "groups",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Enum("a", "b", name="kind"), server_default="a", nullable=False),
)
sa.Table(
    "users",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("group", sa.ForeignKey("groups.id"), index=True),
    sa.Column("name", sa.Text, server_default=sa.text("lower('X')"), comment="how they are called"),
    sa.Column("upper", sa.Text, sa.Computed("upper(name)", persisted=True)),
    sa.CheckConstraint("length(name) BETWEEN 1 AND 9", name="short"),
    sa.Index("lower_name", sa.func.lower(sa.column("name", sa.Text)), unique=True),
)


@pytest.fixture
def reader(database: Database) -> Iterator[str]:
    """Yield the URL of a role that has CONNECT, USAGE and SELECT, where PUBLIC has nothing."""
    create_all(METADATA, database.url)
    role = database.role("reader")
    database.admin("REVOKE ALL ON DATABASE {} FROM PUBLIC", database.name)
    database.admin("GRANT CONNECT ON DATABASE {} TO {}", database.name, role)
    database.execute(
        "REVOKE ALL ON SCHEMA public FROM PUBLIC;"
        "REVOKE ALL ON TYPE kind FROM PUBLIC;"
        f'GRANT USAGE ON SCHEMA public TO "{role}";'
        f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role}"'
    )
    yield database.url_for(role)
    database.execute(f'DROP OWNED BY "{role}"')


def test_a_role_that_may_only_connect_and_select(database: Database, reader: str) -> None:
    assert found(reader, METADATA) == []
    database.execute(
        "ALTER TABLE users DROP CONSTRAINT short, ADD CONSTRAINT short CHECK (length(name) < 9);"
        "ALTER TABLE users ALTER name SET DEFAULT upper('X');"
        "ALTER TYPE kind ADD VALUE 'c'"
    )
    assert found(reader, METADATA) == found(database.url, METADATA) != []


def test_a_role_sees_the_same_spelling_as_the_owner(database: Database, reader: str) -> None:
    """The two expressions are compared by EXPLAIN, for which no right on a table is needed."""
    database.execute(
        "ALTER TABLE users DROP CONSTRAINT short,"
        "ADD CONSTRAINT short CHECK (NOT (length(name) < 1 OR length(name) > 9));"
        "ALTER TABLE groups ALTER kind SET DEFAULT ('a'::text)::kind"
    )
    assert found(reader, METADATA) == found(database.url, METADATA)


@pytest.mark.parametrize("letter", ["é", "日", "😀"])
def test_a_name_that_postgresql_cuts_within_a_character(database: Database, letter: str) -> None:
    """Names are counted in characters by SQLAlchemy, and cut at 63 bytes by PostgreSQL."""
    name = f"x{letter * 40}"
    metadata = sa.MetaData()
    table = sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(f"c{name}", sa.Integer, sa.CheckConstraint("true", name=f"k{name}")),
        sa.Column("kind", sa.Enum("a", name=f"e{name}")),
    )
    sa.Index(f"i{name}", table.c[1])
    create_all(metadata, database.url)
    assert database.fetch("SELECT max(octet_length(relname)) <= 63 FROM pg_class") == [(True,)]
    assert found(database.url, metadata) == []
    database.execute(f'ALTER TABLE "{name}" DROP COLUMN "c{name}"')
    [missing] = [f for f in check(database.url, metadata).findings if f.rule == "missing-column"]
    assert missing.object.name is not None
    assert len(missing.object.name.encode()) <= 63


@pytest.mark.parametrize(("grant", "can"), [
    ("", ""),
    ("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}", ""),
    ("GRANT INSERT ON users TO {}", "may write to 1 of the checked tables"),
    ("GRANT DELETE ON ALL TABLES IN SCHEMA public TO {}", "may write to 2 of the checked tables"),
])  # fmt: skip
def test_a_role_that_can_do_more_than_read_is_noted(
    database: Database, grant: str, can: str
) -> None:
    create_all(METADATA, database.url)
    role = database.role("more")
    database.execute(grant.format(f'"{role}"'))
    url = database.url_for(role)
    notes = [note for note in check(url, METADATA).notes if "drift only needs CONNECT" in note]
    shown = drift("doctor", "--database", url, "--models", "tests.faults.test_rights:METADATA")
    database.execute(f'DROP OWNED BY "{role}"')
    advice = f"GRANT CONNECT ON DATABASE {database.name} TO drift;"
    assert [can in note for note in notes] == [True] * bool(can)
    assert (bool(can) and can in shown.stdout) == bool(can)
    assert (advice in shown.stdout) == bool(can)


def test_a_superuser_is_noted(database: Database) -> None:
    create_all(METADATA, database.url)
    [note] = [n for n in check(database.url, METADATA).notes if "CONNECT" in n]
    assert note == (
        "the role postgres is a superuser; drift only needs CONNECT: `drift doctor` prints the SQL "
        "for such a role"
    )
