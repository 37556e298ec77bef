"""Alembic's operation runs exactly the statement of the plan."""

from __future__ import annotations

from typing import Any

import pytest

from drift.kinds.check import Check
from drift.kinds.column.column import Column, Identity
from drift.kinds.domain import Domain
from drift.kinds.enum import Enum
from drift.kinds.exclusion import Exclusion
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.index.index import Index
from drift.kinds.index.key import IndexKey
from drift.kinds.primary_key import PrimaryKey
from drift.kinds.sequence.kind import Sequence
from drift.kinds.sequence.options import Options
from drift.kinds.table.table import Table
from drift.kinds.unique import Unique
from drift.model import Schema
from drift.plan.operation import Operation, Work
from drift.plan.operations import columns, constraints, indexes, relations
from drift.revisions.code import alembic
from drift.revisions.language import Language
from tests.revisions.running import LANGUAGE, canonical, lines_for, offline

T: Any = {"schema": "app", "table": "t"}
HOSTILE = "'a:b %(x)s \\ \"\"\" ''; :name'"
TYPES = Schema(
    source="live",
    name="t",
    objects={"enum": (Enum(schema="app", name="hue", labels=("red", "it's")),)},
    default_schema="public",
)
WITH_TYPES = Language(style=LANGUAGE.style, types=TYPES)


def column(name: str = "c", type_: str = "integer", **options: Any) -> Column:
    return Column(**T, name=name, type=type_, **({"nullable": True} | options))


def index(*keys: str | IndexKey, **options: Any) -> Index:
    each = (IndexKey(column=key) if isinstance(key, str) else key for key in keys)
    return Index(**T, name="ix", keys=tuple(each), **options)


def key(**options: Any) -> ForeignKey:
    target = {"target_schema": "public", "target_table": "p", "target_columns": ("id",)}
    return ForeignKey(**T, name="fk", **({"columns": ("a",), **target} | options))


KEYS = (IndexKey(column="a"), IndexKey(expression="lower(b)"))
EXCLUSION = Exclusion(**T, name="ex", keys=KEYS, operators=("=", "&&"))
PLAIN_EXCLUSION = Exclusion(
    **T,
    keys=(IndexKey(column="a"), IndexKey(column="span", opclass="range_ops")),
    operators=("=", "&&"),
    predicate=f"(b <> {HOSTILE})",
    deferrable=True,
)

SAID = {
    "column": columns.add(column(nullable=False, default="5")),
    "column of text": columns.add(column(type_="character varying(20)", default=HOSTILE)),
    "column, nullable": columns.add(column(nullable=False, default="5"), nullable=True),
    "column, no default": columns.add(column(default="now()"), default=False),
    "column of time": columns.add(column(type_="timestamp with time zone", default="now()")),
    "identity": columns.add(
        column(identity=Identity(always=True, start=5), type_="bigint", nullable=False)
    ),
    "generated": columns.add(column(generated="(a + 1)", stored=True)),
    "hostile name": columns.add(column('the "x" %s :y \n name')),
    "collation": columns.add(column(type_="text", collation="C")),
    "array": columns.add(column(type_="text[]", default="'{}'::text[]")),
    "drop column": columns.drop(column()),
    "type": columns.set_type(column(type_="bigint"), "", Work.REWRITE, {}),
    "type, using": columns.set_type(
        column(type_="uuid"), "c::text::uuid", Work.REWRITE, {}
    ),
    "not null": columns.set_not_null(column(), Work.SCAN),
    "null": columns.drop_not_null(column()),
    "default": columns.set_default(column(), HOSTILE),
    "sequence": columns.set_default(column(), "nextval('app.s'::regclass)"),
    "no default": columns.set_default(column(), None),
    "comment": columns.comment(column(comment="a:b %(x)s it's \"\"\"")),
    "no comment": columns.comment(column()),
    "index": indexes.create(index("a", "b"), "ix", concurrently=False),
    "unique index": indexes.create(index("a", unique=True), "ix", concurrently=True),
    "expression": indexes.create(
        index(IndexKey(expression="lower(b)"), IndexKey(column="a", descending=True)),
        "ix",
        concurrently=True,
    ),
    "partial": indexes.create(
        index("a", predicate=f"b <> {HOSTILE}", include=("c",), method="btree"),
        "ix %s",
        concurrently=False,
    ),
    "gin": indexes.create(
        index(
            IndexKey(column="doc", opclass="jsonb_path_ops"),
            method="gin",
            storage=(("fastupdate", "off"),),
        ),
        "ix",
        concurrently=True,
    ),
    "drop index": indexes.drop(("app", "t"), "ix", concurrently=True, item=index("a")),
    "drop locked": indexes.drop(("app", "t"), "Ix", concurrently=False, item=index("a")),
    "primary key": constraints.add(PrimaryKey(**T, columns=("a", "B")), "pk"),
    "unique": constraints.add(Unique(**T, columns=("a",), deferrable=True), "uq"),
    "check": constraints.add(Check(**T, expression=f"(a <> {HOSTILE})"), "ck", valid=False),
    "valid check": constraints.add(Check(**T, expression="a > 0"), "ck"),
    "foreign key": constraints.add(key(), "fk", valid=False),
    "foreign key, actions": constraints.add(
        key(
            on_delete="CASCADE", on_update="SET NULL", match="FULL", deferrable=True,
            initially_deferred=True, target_schema="app",
        ),
        "fk",
    ),
    "exclusion": constraints.add(PLAIN_EXCLUSION, "ex"),
    "drop constraint": constraints.drop(key(), "fk"),
    "drop primary key": constraints.drop(PrimaryKey(**T, columns=("a",)), "pk"),
    "drop exclusion": constraints.drop(EXCLUSION, "ex"),
    "table": relations.create_table(
        Table(schema="app", name="t", unlogged=True, storage=(("fillfactor", "70"),)),
        [
            column("id", nullable=False),
            column("a"),
            column("n", "bigint", default="nextval('app.s'::regclass)", serial=True),
            column("Text", "text", default=HOSTILE, nullable=False),
        ],
        [
            ("pk", PrimaryKey(**T, columns=("id",))),
            ("uq", Unique(**T, columns=("n", "Text"))),
            ("ck", Check(**T, expression="(n > 0)", validated=False)),
            ("fk", key(validated=False)),
            ("ex", Exclusion(**T, keys=KEYS[:1], operators=("=",))),
        ],
    ),
    "partitioned": relations.create_table(
        Table(schema="public", name="p", relation="partitioned table", partition_key="RANGE (at)"),
        [column("at", "date", nullable=False)],
        [],
    ),
    "serial key": relations.create_table(
        Table(schema="app", name="t"),
        [column("id", default="nextval('app.t_id_seq'::regclass)", serial=True, nullable=False)],
        [("pk", PrimaryKey(**T, columns=("id",)))],
    ),
    "drop table": relations.drop_table(Table(schema="app", name="T"), []),
    "table comment": relations.comment_on_table(Table(schema="app", name="t", comment="it's :x")),
    "no table comment": relations.comment_on_table(Table(schema="app", name="t")),
}  # fmt: skip

UNSAID = {
    "type of an extension": columns.add(column(type_="app.citext[]")),
    "type of another schema": columns.set_type(column(type_="app.hstore"), "", Work.REWRITE, {}),
    "own type": columns.add(column(type_="app.own")),
    "collation of a schema": columns.add(
        column(type_="text", collation="c", collation_schema="app")
    ),
    "percent in USING": columns.set_type(
        column(type_="text"), "replace(c, '%', ':x')", Work.REWRITE, {}
    ),
    "deferrable primary key": constraints.add(
        PrimaryKey(**T, columns=("a",), deferrable=True), "p"
    ),
    "unique with INCLUDE": constraints.add(Unique(**T, columns=("a",), include=("b",)), "uq"),
    "not enforced": constraints.add(Check(**T, expression="a > 0", enforced=False), "ck"),
    "exclusion of an expression": constraints.add(EXCLUSION, "ex"),
    "dots": constraints.add(key(target_table="a.b"), "fk"),
    "inherits": relations.create_table(
        Table(schema="app", name="t", inherits=("p",)), [column()], []
    ),
    "enum": relations.create_enum(Enum(schema="app", name="mood", labels=("a:b", "%"))),
    "domain": relations.create_domain(
        Domain(schema="app", name="d", type="text", checks=(f"VALUE <> {HOSTILE}",))
    ),
    "create sequence": relations.create_sequence(
        Sequence(schema="app", name="s", options=Options(start=3))
    ),
    "label": relations.add_label(Enum(schema="app", name="m", labels=()), ":new", "AFTER 'a'"),
    "validate": constraints.validate(("app", "t"), "ck"),
}


@pytest.mark.parametrize("name", SAID)
def test_the_call_runs_the_statement(name: str) -> None:
    operation = SAID[name]
    code = lines_for(operation)
    assert "op.execute" not in code
    assert offline(code) == [*_equal(offline(code)[0], operation.sql)]


@pytest.mark.parametrize("name", UNSAID)
def test_only_sql_can_say_it(name: str) -> None:
    operation = UNSAID[name]
    code = lines_for(operation)
    assert "op.execute" in code
    assert offline(code) == [operation.sql]


def _equal(made: str, sql: str) -> list[str]:
    assert canonical(made) == canonical(sql)
    return [made]


def test_an_enum_of_the_plan_is_a_type_of_alembic() -> None:
    operation = columns.add(column(type_="app.hue", default="'red'::app.hue"))
    assert alembic(operation, LANGUAGE) is None
    code = lines_for(operation, WITH_TYPES)
    assert "create_type=False" in code
    assert [canonical(text) for text in offline(code)] == [canonical(operation.sql)]


@pytest.mark.parametrize("name", ["foreign key", "check"])
def test_a_guard_asks_the_database_and_offline_writes_the_statement(name: str) -> None:
    code = lines_for(SAID[name], again=True)
    assert "if op.get_context().as_sql or not op.get_bind().scalar(" in code
    assert canonical(offline(code)[0]) == canonical(SAID[name].sql)


def test_sql_is_guarded_by_sql() -> None:
    (text,) = offline(lines_for(UNSAID["enum"], again=True))
    assert text.startswith("DO $drift$")
    assert UNSAID["enum"].sql in text


def test_batches_are_guarded_by_python() -> None:
    fill = Operation(sql="DO $$ BEGIN COMMIT; END $$", done="true", transactional=False)
    code = lines_for(fill, again=True)
    assert code.count("op.get_bind().scalar(sa.text('SELECT true'))") == 1
    assert offline(code) == [fill.sql]


def test_a_statement_without_condition_is_not_guarded() -> None:
    operation = Operation(sql="ALTER TABLE a RENAME TO b")
    assert offline(lines_for(operation, again=True)) == [operation.sql]
