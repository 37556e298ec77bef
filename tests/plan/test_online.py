"""Types of large tables, changed while others read and write: no row is lost, no key is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from drift.formats.plan.sql import render_sql
from tests.formats.plan.psql import psql
from tests.plan.running import LARGE, plan_of, run, titles
from tests.servers import Database
from tests.system.checking import found

LIVE = """
CREATE TABLE users (id varchar PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE orders (
  id bigint PRIMARY KEY, user_id varchar NOT NULL REFERENCES users ON DELETE CASCADE, note text,
  UNIQUE (user_id, id));
CREATE INDEX ix_orders_user_id ON orders (user_id);
CREATE TABLE lines (
  order_id bigint NOT NULL REFERENCES orders, number int, user_id varchar REFERENCES users,
  PRIMARY KEY (order_id, number));
INSERT INTO users SELECT gen_random_uuid()::text, n || '@x' FROM generate_series(1, 300) n;
INSERT INTO orders SELECT row_number() OVER (), id, 'x' FROM users, generate_series(1, 3);
INSERT INTO lines SELECT id, 1, user_id FROM orders;
"""


def _models() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "users", metadata,
        sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("email", sa.Text, nullable=False, unique=True),
    )  # fmt: skip
    sa.Table(
        "orders", metadata,
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False,
                  index=True),
        sa.Column("note", sa.Text),
        sa.UniqueConstraint("user_id", "id"),
    )  # fmt: skip
    sa.Table(
        "lines", metadata,
        sa.Column("order_id", sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.ForeignKey("users.id")),
    )  # fmt: skip
    return metadata


_CONTENT = """
SELECT (SELECT count(*) FROM users u JOIN orders o ON o.user_id = u.id JOIN lines l
        ON l.order_id = o.id AND l.user_id = u.id),
       (SELECT md5(string_agg(id::text || email, ',' ORDER BY email)) FROM users),
       (SELECT md5(string_agg(user_id::text || id, ',' ORDER BY id)) FROM orders)
"""


def test_a_chain_of_keys_is_converted_and_no_row_is_lost(
    database: Database, tmp_path: Path
) -> None:
    database.execute(LIVE)
    before = database.fetch(_CONTENT)
    plan = plan_of(database.url, _models(), small=LARGE).plan
    assert plan.complete
    run(database, plan, tmp_path)
    assert found(database.url, _models()) == []
    assert database.fetch(_CONTENT) == before
    [(names,)] = database.fetch(
        "SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint WHERE contype <> 'n'"
        " AND conrelid IN ('users'::regclass, 'orders'::regclass, 'lines'::regclass)"
    )
    assert "drift" not in names
    assert database.fetch("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == [(0,)]


def test_rows_that_are_written_meanwhile_are_converted_too(
    database: Database, tmp_path: Path
) -> None:
    database.execute(LIVE)
    plan = plan_of(database.url, _models(), small=LARGE).plan
    script = render_sql(plan)
    begin = script.rindex("BEGIN;", 0, script.index("LOCK TABLE"))
    assert psql(database, script[:begin], tmp_path).returncode == 0
    database.execute(
        "INSERT INTO users VALUES ('6ecd8c99-4036-403d-bf84-cf8400f67836', 'late');"
        "INSERT INTO orders VALUES (5000, '6ecd8c99-4036-403d-bf84-cf8400f67836');"
        "UPDATE lines SET user_id = '6ecd8c99-4036-403d-bf84-cf8400f67836' WHERE order_id = 1"
    )
    assert psql(database, script, tmp_path).returncode == 0
    assert found(database.url, _models()) == []
    late = "'6ecd8c99-4036-403d-bf84-cf8400f67836'"
    assert database.fetch(f"SELECT id FROM orders WHERE user_id = {late}") == [(5000,)]
    assert database.fetch(f"SELECT order_id FROM lines WHERE user_id = {late}") == [(1,)]


@pytest.mark.parametrize("small", [LARGE, 1 << 40], ids=["online", "short"])
def test_a_value_that_does_not_convert_stops_the_plan_before_any_change(
    small: int, database: Database, tmp_path: Path
) -> None:
    database.execute(LIVE)
    database.execute("INSERT INTO users VALUES ('no uuid', 'bad')")
    before = found(database.url, _models())
    done = psql(database, render_sql(plan_of(database.url, _models(), small=small).plan), tmp_path)
    assert done.returncode == 3
    assert "values of public.users.id do not fit into uuid" in done.stderr
    assert "no uuid" in done.stderr
    assert found(database.url, _models()) == before
    assert database.fetch("SELECT count(*) FROM pg_attribute WHERE attname LIKE '%drift%'") == [
        (0,)
    ]


def test_the_old_columns_stay_unless_drops_are_allowed(database: Database, tmp_path: Path) -> None:
    database.execute(LIVE)
    made = plan_of(database.url, _models(), small=LARGE, allow=frozenset())
    assert not made.plan.complete
    assert not any(title.startswith("drop public.") for title in titles(made))
    run(database, made.plan, tmp_path)
    left = found(database.url, _models())
    assert left == [
        f"warning extra-column public.{column}_drift_old"
        for column in ("lines.user_id", "orders.user_id", "users.id")
    ]


@pytest.mark.parametrize(
    "obstacle",
    [
        "ALTER TABLE users ADD CHECK (id <> '')",
        "CREATE INDEX ON users (lower(id))",
        "ALTER TABLE users ADD twin text GENERATED ALWAYS AS (id || '!') STORED",
        "CREATE INDEX ON users (email) WHERE id <> ''",
    ],
)
def test_what_cannot_be_moved_needs_a_rewrite_that_is_allowed(
    obstacle: str, database: Database
) -> None:
    database.execute(LIVE)
    database.execute(obstacle)
    plan = plan_of(database.url, _models(), small=LARGE, allow=frozenset()).plan
    of_users: Any = [step for step in plan.steps if "public.users.id" in step.title]
    assert [step.blocked for step in of_users if step.operations[0].sql.startswith("ALTER")]
    assert not any("drift_new" in step.title for step in plan.steps if "users.id" in step.title)


def test_a_view_is_named_instead_of_being_dropped(database: Database) -> None:
    database.execute(LIVE)
    database.execute("CREATE VIEW recent AS SELECT user_id FROM orders")
    plan = plan_of(database.url, _models()).plan
    reasons = {refusal.path: refusal.reason for refusal in plan.refusals}
    assert "view public.recent" in reasons["public.orders.user_id"]


def test_the_chain_waits_if_one_of_its_columns_waits(database: Database, tmp_path: Path) -> None:
    database.execute(LIVE)
    database.execute("CREATE VIEW recent AS SELECT user_id FROM orders")
    before = found(database.url, _models())
    run(database, plan_of(database.url, _models(), small=LARGE).plan, tmp_path)
    with psycopg.connect(database.url) as connection:
        connection.execute("SELECT * FROM recent").fetchall()
    assert set(found(database.url, _models())) <= set(before)


def test_foreign_keys_of_tables_that_no_model_declares_are_moved_too(
    database: Database, tmp_path: Path
) -> None:
    database.execute(LIVE)
    database.execute(
        "CREATE SCHEMA other; CREATE TABLE other.audit (user_id varchar REFERENCES users);"
        "CREATE TABLE legacy (user_id varchar REFERENCES users, n int DEFAULT 7)"
    )
    plan = plan_of(database.url, _models(), allow=frozenset({"rewrite"})).plan
    waits = {step.waits for step in plan.steps if "users.id" in step.title}
    assert waits & {"other.audit.user_id", "public.legacy.user_id"}


def test_a_column_that_may_have_been_renamed_is_named_before_its_values_are_dropped(
    database: Database,
) -> None:
    database.execute(LIVE)
    database.execute("ALTER TABLE orders RENAME note TO remark")
    plan = plan_of(database.url, _models()).plan
    remarks = [text for step in plan.steps for text in step.remarks]
    assert any("ALTER TABLE public.orders RENAME COLUMN remark TO note" in text for text in remarks)
