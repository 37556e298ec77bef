"""A plan by hand, with every kind of step, and the models that it leads to."""

from __future__ import annotations

from typing import Any

import msgspec

from drift.kinds.check import Check
from drift.kinds.column.column import Column
from drift.kinds.enum import Enum
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.index.index import Index
from drift.kinds.index.key import IndexKey
from drift.kinds.primary_key import PrimaryKey
from drift.kinds.table.table import Table
from drift.kinds.unique import Unique
from drift.plan.operation import Operation, Work
from drift.plan.operations import columns, constraints, indexes, relations
from drift.plan.step import Phase, Plan, Precheck, Step

_BEFORE = """
CREATE SCHEMA IF NOT EXISTS app;
CREATE TABLE app.users (id integer PRIMARY KEY, name text, email text);
CREATE TABLE app.orders (id integer PRIMARY KEY, user_id integer, total numeric(10,2));
CREATE TYPE app.mood AS ENUM ('good');
INSERT INTO app.users SELECT n, 'n', CASE WHEN n < 3 THEN 'e' || n END FROM generate_series(1, 5) n;
INSERT INTO app.orders SELECT n, 1, n FROM generate_series(1, 5) n;
"""

_MODELS = """
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

SCHEMA = "app"
metadata = sa.MetaData(schema=SCHEMA)
mood = postgresql.ENUM("good", "it's", name="mood", schema=SCHEMA, create_type=False)
users = sa.Table(
    "users", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("email", sa.Text),
    sa.Column("city", sa.String(50), server_default=sa.text("'a\\\\:b %(x)s'")),
    sa.Column("mood", mood),
    sa.Index("ix_users_email", sa.text("lower(email)")),
)
orders = sa.Table(
    "orders", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("user_id", sa.ForeignKey(users.c.id, name="fk_user")),
    sa.Column("total", sa.Numeric(10, 2)),
    sa.Column("note", sa.Text, comment="it's 100 %"),
    sa.CheckConstraint("total >= 0", name="ck_total"),
)
tags = sa.Table(
    "tags", metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.UniqueConstraint("label", name="uq_label"),
)
"""


def before(schema: str = "app") -> str:
    """Return the SQL of the database that the plan is for."""
    return _BEFORE.replace("app", schema)


def models(schema: str = "app") -> str:
    """Return models.py; tables of `public` have no schema."""
    return _MODELS.replace('"app"', "None" if schema == "public" else repr(schema))


class Shop:
    """The objects of the plan in a schema."""

    def __init__(self, schema: str) -> None:
        """Make them."""
        users: Any = {"schema": schema, "table": "users"}
        orders: Any = {"schema": schema, "table": "orders"}
        self.schema = schema
        self.tags: Any = {"schema": schema, "table": "tags"}
        self.mood = Enum(schema=schema, name="mood", labels=("good", "it's"))
        self.city = Column(
            **users,
            name="city",
            type="character varying(50)",
            nullable=True,
            default="'a:b %(x)s'",
        )
        name = "mood" if schema == "public" else f"{schema}.mood"
        self.mood_column = Column(**users, name="mood", type=name, nullable=True)
        self.note = Column(**orders, name="note", type="text", nullable=True, comment="it's 100 %")
        self.email = Index(
            **users, name="ix_users_email", keys=(IndexKey(expression="lower(email)"),)
        )
        self.total = Check(**orders, name="ck_total", expression="total >= 0")
        self.user = ForeignKey(
            **orders,
            name="fk_user",
            columns=("user_id",),
            target_schema=schema,
            target_table="users",
            target_columns=("id",),
        )
        self.table = Table(schema=schema, name="tags")
        self.orphans = Precheck(
            problem="orders.user_id has values that users.id has not",
            query=f"SELECT o.id::text AS value FROM {schema}.orders o LEFT JOIN {schema}.users u"
            " ON u.id = o.user_id WHERE u.id IS NULL AND o.user_id IS NOT NULL",
        )
        self.filled = Precheck(
            problem="orders.note is longer than 99",
            query=f"SELECT id::text AS value FROM {schema}.orders WHERE length(note) > 99",
            early=False,
        )
        fill = f"UPDATE {schema}.users SET city = 'x:y' WHERE city IS NULL"
        self.backfill = Operation(
            sql=f"DO $$ BEGIN {fill} AND id < 3; COMMIT; {fill}; COMMIT; END $$",
            work=Work.BATCHES,
            transactional=False,
        )  # fmt: skip


def step(title: str, *operations: Operation, table: Any = None, **options: Any) -> Step:
    return Step(title=title, operations=operations, phase=Phase.COLUMNS, table=table, **options)


def plan(schema: str = "app", **options: Any) -> Plan:
    """Return the plan for a schema."""
    shop = Shop(schema)
    users, orders, tags = ((schema, name) for name in ("users", "orders", "tags"))
    steps = (
        step("Add label it's to app.mood", relations.add_label(shop.mood, "it's", "AFTER 'good'")),
        step('Create table "tags" """', _tags(shop), table=tags),
        step("Add column city", columns.add(shop.city), table=users),
        step("Add column mood", columns.add(shop.mood_column), table=users),
        step("Add column note", columns.add(msgspec.structs.replace(shop.note, comment=None)),
             columns.comment(shop.note), table=orders),
        step("Fill city", shop.backfill, table=users),
        step("Create index ix_users_email",
             indexes.create(shop.email, "ix_users_email", concurrently=True),
             table=users),
        step("Add check ck_total", constraints.add(shop.total, "ck_total", valid=False),
             table=orders),
        step("Validate ck_total", constraints.validate(orders, "ck_total"), table=orders,
             prechecks=(shop.filled,)),
        step("Add foreign key fk_user", constraints.add(shop.user, "fk_user", valid=False),
             table=orders, prechecks=(shop.orphans,)),
        step("Validate fk_user", constraints.validate(orders, "fk_user", users), table=orders),
    )  # fmt: skip
    back = (
        step("Drop foreign key fk_user", constraints.drop(shop.user, "fk_user"), table=orders),
        step("Drop check ck_total", constraints.drop(shop.total, "ck_total"), table=orders),
        step("Drop index ix_users_email",
             indexes.drop(users, "ix_users_email", concurrently=True, item=shop.email),
             table=users),
        step("Drop column note", columns.drop(shop.note), table=orders),
        step("Drop columns", columns.drop(shop.city), columns.drop(shop.mood_column), table=users),
        step("Drop table tags", relations.drop_table(shop.table, ()), table=tags),
    )  # fmt: skip
    values: dict[str, Any] = {"target": "t", "steps": steps, "downgrade": back}
    return Plan(**(values | {"fingerprint": "abc123"} | options))


def _tags(shop: Shop) -> Operation:
    return relations.create_table(
        shop.table,
        [
            Column(**shop.tags, name="id", type="integer", nullable=False),
            Column(**shop.tags, name="label", type="text", nullable=False),
        ],
        [
            ("tags_pkey", PrimaryKey(**shop.tags, columns=("id",))),
            ("uq_label", Unique(**shop.tags, columns=("label",))),
        ],
    )
