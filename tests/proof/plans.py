"""A live schema, what it should be, and the steps of a plan that are made by hand."""

from __future__ import annotations

from typing import Any

from drift.kinds.check import Check
from drift.kinds.column.column import Column
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.index.index import Index
from drift.kinds.index.key import IndexKey
from drift.plan.operation import Lock, Operation, Work
from drift.plan.operations import columns, constraints, indexes
from drift.plan.step import Phase, Plan, Precheck, Step

AX = Lock.ACCESS_EXCLUSIVE
USERS = ("app", "users")
LIVE = """
CREATE SCHEMA app;
CREATE TABLE app.users (id varchar(36) PRIMARY KEY, age int, email text NOT NULL, tag text);
CREATE TABLE app.orders (id int PRIMARY KEY, uid varchar(36) REFERENCES app.users, total int);
"""
WANTED = """
CREATE SCHEMA app;
CREATE TABLE app.users (
  id uuid PRIMARY KEY, age int NOT NULL, email text NOT NULL UNIQUE, tag text,
  CONSTRAINT grown CHECK (age >= 18));
CREATE TABLE app.orders (id int PRIMARY KEY, uid uuid REFERENCES app.users, total int,
  CONSTRAINT by FOREIGN KEY (total) REFERENCES app.orders);
CREATE INDEX orders_total ON app.orders (total);
"""


def step(title: str, *operations: Operation, checks: tuple[Precheck, ...] = (),
         table: str = "users", **facts: Any) -> Step:  # fmt: skip
    return Step(
        title=title, operations=operations, phase=Phase.CONVERT, table=("app", table),
        prechecks=checks, **facts,
    )  # fmt: skip


def column(name: str, type_: str, table: str = "users", *, nullable: bool = True) -> Column:
    return Column(schema="app", table=table, name=name, type=type_, nullable=nullable)


UID = ForeignKey(
    schema="app", table="orders", name="orders_uid_fkey", columns=("uid",), target_schema="app",
    target_table="users", target_columns=("id",),
)  # fmt: skip
ITSELF = ForeignKey(
    schema="app", table="orders", name="by", columns=("total",), target_schema="app",
    target_table="orders", target_columns=("id",),
)  # fmt: skip
GROWN = Check(schema="app", table="users", name="grown", expression="age >= 18")
TOTAL = Index(schema="app", table="orders", name="orders_total", keys=(IndexKey(column="total"),))
NO_UUID = Precheck(
    problem="values of app.users.id are no uuid",
    query="SELECT id::text AS value FROM app.users WHERE NOT pg_input_is_valid(id, 'uuid')",
)
NO_AGE = Precheck(
    problem="rows of app.users have no age",
    query="SELECT ctid::text AS value FROM app.users WHERE age IS NULL",
)
YOUNG = Precheck(
    problem="rows of app.users violate grown",
    query="SELECT ctid::text AS value FROM app.users WHERE NOT (age >= 18)",
)
TWICE = Precheck(
    problem="app.users has duplicates of email",
    query="SELECT email::text AS value FROM app.users GROUP BY email HAVING count(*) > 1",
)
ORPHANS = Precheck(
    problem="app.orders has a total that is no id",
    query="SELECT c.total::text AS value FROM app.orders c WHERE c.total IS NOT NULL AND NOT"
    " EXISTS (SELECT FROM app.orders p WHERE p.id = c.total)",
)
KEY_LOCKS = {USERS: AX, ("app", "orders"): AX}
STEPS = (
    step(
        "convert the ids to uuid",
        constraints.drop(UID, "orders_uid_fkey"),
        columns.set_type(column("id", "uuid"), "id::text::uuid", Work.REWRITE, {USERS: AX}),
        columns.set_type(
            column("uid", "uuid", "orders"), "uid::text::uuid", Work.REWRITE, KEY_LOCKS
        ),
        constraints.add(UID, "orders_uid_fkey"),
        checks=(NO_UUID,),
    ),
    step("require the age", columns.set_not_null(column("age", "integer"), Work.SCAN),
         checks=(NO_AGE,)),
    step("check the age", constraints.add(GROWN, "grown", valid=False), checks=(YOUNG,)),
    step("validate the check", constraints.validate(USERS, "grown")),
    step("index the email", indexes.create(
        Index(schema="app", table="users", name="users_email_key", unique=True,
              keys=(IndexKey(column="email"),)), "users_email_key", concurrently=True),
         checks=(TWICE,)),
    step("index the total", indexes.create(TOTAL, "orders_total", concurrently=True),
         table="orders"),
    step("refer to the total", constraints.add(ITSELF, "by"), checks=(ORPHANS,), table="orders"),
)  # fmt: skip
UNIQUE = step("make the index a constraint", Operation(
    sql="ALTER TABLE app.users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key",
    locks={USERS: AX}, done=constraints.exists(USERS, "users_email_key")))  # fmt: skip
BACK = (
    step("back", constraints.drop(ITSELF, "by"), indexes.drop(
        ("app", "orders"), "orders_total", concurrently=False),
         Operation(sql="ALTER TABLE app.users DROP CONSTRAINT users_email_key"),
         constraints.drop(GROWN, "grown"), columns.drop_not_null(column("age", "integer")),
         constraints.drop(UID, "orders_uid_fkey"),
         columns.set_type(column("id", "varchar(36)"), "id::text", Work.REWRITE, {}),
         columns.set_type(column("uid", "varchar(36)", "orders"), "uid::text", Work.REWRITE, {}),
         constraints.add(UID, "orders_uid_fkey")),
)  # fmt: skip


def plan(*steps: Step, **facts: Any) -> Plan:
    return Plan(target="", steps=steps, search_path=("app",), default_schema="app", **facts)
