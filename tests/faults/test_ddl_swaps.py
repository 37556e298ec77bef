"""What a check prints by name is replaced or renamed all the while: no finding is half of a change.

Expressions and types are printed by functions that read the present, and not the snapshot of the
statement. Each loop of DDL leaves the schema as declared after every round.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from tests.servers import Database, create_all
from tests.system.checking import brief, check

CHECKS = 10
TABLES = 4


def metadata() -> sa.MetaData:
    """Return tables that use an enum, a sequence and a function, and one that drifts."""
    made = sa.MetaData()
    mood = sa.Enum("a", "b", name="mood", metadata=made)
    numbers = sa.Sequence("numbers", metadata=made)
    for n in range(TABLES):
        table = sa.Table(
            f"t{n}",
            made,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("n", sa.BigInteger, server_default=numbers.next_value()),
            sa.Column("mood", mood, server_default="a"),
            sa.Column("moods", postgresql.ARRAY(mood)),
            sa.Column("f", sa.Text, server_default=sa.text("word()")),
            sa.Column("g", sa.Text, sa.Computed("lower(f)", persisted=True)),
            sa.CheckConstraint("mood <> 'b'", name=f"mild{n}"),
            sa.CheckConstraint("length(word()) > 0", name=f"long{n}"),
        )
        sa.Index(f"lower{n}", sa.func.lower(table.c.f), postgresql_where=sa.text("mood = 'a'"))
    sa.Table("still", made, sa.Column("id", sa.Integer), sa.Column("gone", sa.Integer))
    return made


METADATA = metadata()
DRIFT = ["error missing-column public.still.gone"]
WORD = "CREATE FUNCTION word() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''x'''"


def each(text: str) -> str:
    """Return statements once for each table."""
    return ";".join(text.format(n=n) for n in range(TABLES))


# each statement is a transaction
LOOPS = {
    "reindex": [f"REINDEX TABLE CONCURRENTLY t{n}" for n in range(TABLES)],
    "sequence replaced": [
        "ALTER SEQUENCE numbers RENAME TO old; CREATE SEQUENCE numbers;"
        + each("ALTER TABLE t{n} ALTER n SET DEFAULT nextval('numbers')")
        + ";DROP SEQUENCE old"
    ],
    "function replaced": [
        f"ALTER FUNCTION word() RENAME TO old; {WORD};"
        + each(
            "ALTER TABLE t{n} DROP CONSTRAINT long{n}, ALTER f SET DEFAULT word(),"
            "ADD CONSTRAINT long{n} CHECK (length(word()) > 0)"
        )
        + ";DROP FUNCTION old()"
    ],
    "enum replaced": [
        "ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('a', 'b');"
        + each(
            "DROP INDEX lower{n};"
            "ALTER TABLE t{n} DROP CONSTRAINT mild{n}, ALTER mood DROP DEFAULT,"
            "ALTER mood TYPE mood USING mood::text::mood,"
            "ALTER moods TYPE mood[] USING moods::text[]::mood[];"
            "ALTER TABLE t{n} ALTER mood SET DEFAULT 'a',"
            "ADD CONSTRAINT mild{n} CHECK (mood <> 'b');"
            "CREATE INDEX lower{n} ON t{n} (lower(f)) WHERE mood = 'a'"
        )
        + ";DROP TYPE old"
    ],
    "label renamed": [
        "ALTER TYPE mood RENAME VALUE 'a' TO 'z'",
        "ALTER TYPE mood RENAME VALUE 'z' TO 'a'",
    ],
    "enum renamed": ["ALTER TYPE mood RENAME TO old", "ALTER TYPE old RENAME TO mood"],
    "enum moved": ["ALTER TYPE mood SET SCHEMA other", "ALTER TYPE other.mood SET SCHEMA public"],
    "function renamed": ["ALTER FUNCTION word RENAME TO old", "ALTER FUNCTION old RENAME TO word"],
    "sequence renamed": [
        "ALTER SEQUENCE numbers RENAME TO old",
        "ALTER SEQUENCE old RENAME TO numbers",
    ],
    "index made": ["CREATE INDEX CONCURRENTLY more ON t0 (n)", "DROP INDEX CONCURRENTLY more"],
}


@contextmanager
def running(live: Database, loop: list[str]) -> Iterator[None]:
    """Run the loop in a session of its own, a whole number of rounds."""
    stop = threading.Event()
    problems: list[str] = []

    def work() -> None:
        try:
            with psycopg.connect(live.url, autocommit=True) as connection:
                while not stop.is_set():
                    for statement in loop:
                        connection.execute(statement.encode())
        except psycopg.Error as problem:
            problems.append(str(problem))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert problems == []


@pytest.fixture
def live(database: Database) -> Database:
    database.execute(f"CREATE SCHEMA other; {WORD}")
    create_all(METADATA, database.url)
    database.execute("ALTER TABLE still DROP gone")
    return database


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_nothing_is_reported_that_was_never_so(live: Database, loop: list[str]) -> None:
    """What is seen between two statements is reported as a whole, or not at all."""
    true = [DRIFT]
    if len(loop) == 2:
        with psycopg.connect(live.url, autocommit=True) as connection:
            connection.execute(loop[0].encode())
            true.append(brief(check(live.url, METADATA).findings))
            connection.execute(loop[1].encode())
    with running(live, loop):
        outcomes = [check(live.url, METADATA) for _ in range(CHECKS)]
    assert [f for f in (brief(one.findings) for one in outcomes) if f not in true] == []
    noted = [" ".join(one.notes) for one in outcomes]
    reasons = ("kept changing during", "is locked by", "is being built", "could not print")
    unread = [any(reason in note for reason in reasons) for note in noted]
    assert [one.complete for one in outcomes] == [not one for one in unread]
    after = check(live.url, METADATA)
    assert (brief(after.findings), after.complete) == (DRIFT, True)


def test_an_index_that_another_session_makes_is_no_failure(live: Database) -> None:
    """It waits for a transaction of another session; without its own session, it is INVALID."""
    create = "CREATE INDEX CONCURRENTLY more ON still (id)"
    reader = psycopg.connect(live.url)
    reader.execute("LOCK TABLE still IN ROW EXCLUSIVE MODE")
    maker = psycopg.connect(live.url, autocommit=True)
    maker.pgconn.send_query(create.encode())
    while not live.fetch("SELECT FROM pg_class WHERE relname = 'more'"):
        pass
    outcome = check(live.url, METADATA)
    assert brief(outcome.findings) == DRIFT
    assert not outcome.complete
    [note] = [note for note in outcome.notes if "more" in note]
    assert note.startswith("index public.still.more is being built or dropped by another session")
    maker.cancel_safe()
    maker.close()
    reader.close()
    while live.fetch(
        "SELECT FROM pg_locks WHERE relation = 'still'::regclass AND pid <> pg_backend_pid()"
    ):
        pass
    assert brief(check(live.url, METADATA).findings) == [
        *DRIFT,
        "warning extra-index public.still.more",
    ]


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_the_second_look_sees_the_present_whatever_the_roles_level_is(
    live: Database, level: str
) -> None:
    live.admin(f"ALTER DATABASE {{}} SET default_transaction_isolation = '{level}'", live.name)
    with running(live, LOOPS["sequence replaced"]):
        outcomes = [check(live.url, METADATA) for _ in range(CHECKS)]
    assert [brief(one.findings) for one in outcomes] == [DRIFT] * CHECKS
