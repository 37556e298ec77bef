"""Names, types and checks of a database stay data in the SQL and in the commands of a plan."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from drift.plan.type_changes import change
from tests.plan.running import LARGE, SMALL, plan_of, run
from tests.servers import Database, create_all
from tests.system.checking import found
from tests.versions import domain

COLUMN = 'a"; DROP TABLE kept; --'


def test_only_the_mark_of_the_column_is_replaced() -> None:
    how = change("text", '"q{}"')
    assert how.conversion('"x""; --"') == '"x""; --"::text::"q{}"'
    assert how._replace(answer="'{}'::jsonb").conversion('"x"') == "'{}'::jsonb"


@pytest.mark.parametrize("small", [SMALL, LARGE], ids=["small", "large"])
def test_a_type_with_the_mark_in_its_name_is_only_a_type(
    small: int, database: Database, tmp_path: Path
) -> None:
    """The steps back convert to the live type, whose name a user of the database chose."""
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer), sa.Column(COLUMN, sa.Text))
    create_all(metadata, database.url)
    name = COLUMN.replace('"', '""')
    database.execute(
        "CREATE TABLE kept (id int); CREATE TYPE \"q{}\" AS ENUM ('x');"
        f"ALTER TABLE t ALTER \"{name}\" TYPE \"q{{}}\" USING 'x'; INSERT INTO t VALUES (1, 'x')"
    )
    plan = plan_of(database.url, metadata, small=small).plan
    run(database, plan, tmp_path)
    assert [line for line in found(database.url, metadata) if "kept" not in line] == []
    texts = [operation.sql for step in plan.downgrade for operation in step.operations]
    conversions = [text for text in texts if '::text::public."q{}"' in text]
    assert conversions
    assert all(f'"{name}"::text::public."q{{}}"' in text for text in conversions)


def test_an_answer_is_taken_as_it_is(database: Database, tmp_path: Path) -> None:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer), sa.Column("doc", pg.JSONB))
    create_all(metadata, database.url)
    database.execute("ALTER TABLE t ALTER doc TYPE int USING 1; INSERT INTO t VALUES (1, 7)")
    plan = plan_of(database.url, metadata, decisions={"public.t.doc": "'{}'::jsonb"}).plan
    run(database, plan, tmp_path)
    assert database.fetch("SELECT doc::text FROM t") == [("{}",)]


@domain
def test_the_texts_in_a_check_of_a_domain_stay(database: Database, tmp_path: Path) -> None:
    metadata = sa.MetaData()
    word: Any = pg.DOMAIN("word", sa.Text, check="VALUE <> 'VALUE' AND VALUE <> '{}'")
    sa.Table("t", metadata, sa.Column("w", word))
    create_all(metadata, database.url)
    assert found(database.url, metadata) == []
    database.execute(
        "ALTER DOMAIN word DROP CONSTRAINT word_check; INSERT INTO t VALUES ('{x}'), ('value')"
    )
    run(database, plan_of(database.url, metadata).plan, tmp_path)
    assert found(database.url, metadata) == []


def test_an_option_to_type_is_one_word_of_a_shell(database: Database) -> None:
    metadata = sa.MetaData()
    name = "b; touch pwned #'"
    sa.Table("t", metadata, sa.Column("id", sa.Integer), sa.Column(name, sa.String(5)))
    create_all(metadata, database.url)
    quoted = name.replace('"', '""')
    database.execute(f'ALTER TABLE t ALTER "{quoted}" TYPE text')
    [step] = [step for step in plan_of(database.url, metadata).plan.steps if step.decision]
    assert step.decision is not None
    for choice in step.decision.choices[:2]:
        words = shlex.split(choice.option)
        assert words[0] == "--decide"
        assert words[1].startswith(f"public.t.{name}=")
        assert len(words) == 2
