"""The impact of a finding is the case that holds, and never both cases of its rule."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace

from drift.formats.markdown_text import prose
from drift.kinds.base import Kind
from drift.kinds.check import Check, CheckKind
from drift.kinds.column.column import Column, Identity
from drift.kinds.column.kind import ColumnKind
from drift.kinds.domain import Domain, DomainKind
from drift.kinds.enum import Enum, EnumKind
from drift.kinds.exclusion import Exclusion, ExclusionKind
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.foreign_key.kind import ForeignKeyKind
from drift.kinds.index.index import Index
from drift.kinds.index.key import IndexKey
from drift.kinds.index.kind import IndexKind
from drift.kinds.primary_key import PrimaryKey, PrimaryKeyKind
from drift.kinds.sequence.kind import Sequence, SequenceKind
from drift.kinds.sequence.options import Options
from drift.kinds.shared_impacts import RENAMED, joined
from drift.kinds.table.kind import TableKind
from drift.kinds.table.table import Table
from drift.kinds.type_impact import impact_of_type
from drift.kinds.unique import Unique, UniqueKind

HERE: dict[str, Any] = {"schema": "public", "table": "t", "name": "x"}
COLUMN = Column(**HERE, type="integer", nullable=False)
FREE = replace(COLUMN, nullable=True)
IDENTITY = replace(COLUMN, identity=Identity(always=False))
ALWAYS = replace(COLUMN, identity=Identity(always=True))
COMPUTED = replace(FREE, generated="a * 2", stored=True)
PRIMARY = PrimaryKey(**HERE, columns=("a", "b"))
UNIQUE = Unique(**HERE, columns=("a", "b"))
CHECK = Check(**HERE, expression="a > 0")
EXCLUSION = Exclusion(**HERE, keys=(IndexKey(column="a"),), operators=("=",))
FOREIGN = ForeignKey(
    **HERE, columns=("a",), target_schema="public", target_table="p", target_columns=("id",)
)
INDEX = Index(**HERE, keys=(IndexKey(column="a"),))
ONLY = replace(INDEX, unique=True)
OTHER = replace(ONLY, keys=(IndexKey(column="b"),))
TABLE = Table(schema="public", name="t")
SPLIT = replace(TABLE, relation="partitioned table", partition_key="RANGE (a)")
VIEW = replace(TABLE, relation="view")
ENUM = Enum(schema="public", name="e", labels=("a", "b", "c"))
DOMAIN = Domain(schema="public", name="d", type="integer")
SEQUENCE = Sequence(schema="public", name="s", options=Options())


def options(**changes: Any) -> Sequence:
    return replace(SEQUENCE, options=Options(**changes))


MISSING: list[tuple[Kind[Any], Any, str]] = [
    (ForeignKeyKind(), FOREIGN, "deletes of referenced rows are no longer refused"),
    (ForeignKeyKind(), replace(FOREIGN, on_delete="CASCADE"), "deletes no longer cascade"),
    (ForeignKeyKind(), replace(FOREIGN, on_delete="SET NULL"), "set the reference to NULL"),
    (ForeignKeyKind(), replace(FOREIGN, on_delete="SET DEFAULT"), "to its default"),
    (IndexKind(), INDEX, "Queries that count on the index are slow."),
    (IndexKind(), ONLY, "Duplicates that the models rule out get in, and ON CONFLICT fails."),
]
EXTRA: list[tuple[Kind[Any], Any, str]] = [
    (ColumnKind(), FREE, "No effect today: the column stays NULL on every INSERT by the model."),
    (ColumnKind(), COLUMN, "Every INSERT by the model fails: the column is NOT NULL"),
    (ColumnKind(), replace(COLUMN, default="0"), "the database fills the column"),
    (ColumnKind(), IDENTITY, "the database fills the column"),
    (ColumnKind(), COMPUTED, "the database fills the column"),
    (ForeignKeyKind(), FOREIGN, "fail, and so do deletes of referenced rows."),
    (ForeignKeyKind(), replace(FOREIGN, on_delete="CASCADE"), "delete the rows that refer to them"),
    (IndexKind(), INDEX, "Writes are slower."),
    (IndexKind(), ONLY, "Inserts that the models allow can fail as duplicates."),
    (IndexKind(), replace(INDEX, valid=False), "and no query uses the index"),
]
CHANGES: list[tuple[Kind[Any], str, Any, Any, str]] = [
    (ColumnKind(), "nullable", FREE, COLUMN, "that leave the column NULL fail"),
    (ColumnKind(), "nullable", COLUMN, FREE, "NULLs can get in"),
    (ColumnKind(), "default", COLUMN, replace(COLUMN, default="1"), "does not know of"),
    (ColumnKind(), "default", replace(COLUMN, default="1"), replace(COLUMN, default="2"),
     "get another value"),
    (ColumnKind(), "default", replace(FREE, default="1"), FREE, "leave the column out get NULL"),
    (ColumnKind(), "default", replace(COLUMN, default="1"), COLUMN, "leave the column out fail"),
    (ColumnKind(), "default", replace(COLUMN, serial=True), COLUMN, "leave the column out fail"),
    (ColumnKind(), "default", replace(COLUMN, default="1", client_default=True), COLUMN,
     "No effect on the model, which sends a value; inserts by other code fail"),
    (ColumnKind(), "default", replace(FREE, default="1", client_default=True), FREE,
     "inserts by other code get NULL"),
    (ColumnKind(), "identity", IDENTITY, COLUMN, "leave the column out fail"),
    (ColumnKind(), "identity", IDENTITY, replace(COLUMN, serial=True), "default of a sequence"),
    (ColumnKind(), "identity", COLUMN, IDENTITY, "a number that the model does not know of"),
    (ColumnKind(), "identity", replace(COLUMN, serial=True), IDENTITY, "an identity makes"),
    (ColumnKind(), "identity", COLUMN, ALWAYS, "give a value of their own fail"),
    (ColumnKind(), "identity.always", IDENTITY, ALWAYS, "give a value of their own fail"),
    (ColumnKind(), "identity.always", ALWAYS, IDENTITY, "can give a value of their own"),
    (ColumnKind(), "identity.maximum", IDENTITY,
     replace(COLUMN, identity=Identity(always=False, maximum=9)), "run out earlier"),
    (ColumnKind(), "generated", COMPUTED, FREE, "keeps any value that is"),
    (ColumnKind(), "generated", COMPUTED, COLUMN, "null value violates"),
    (ColumnKind(), "generated", FREE, COMPUTED, "Writes to the column by the model fail"),
    (ColumnKind(), "generated", COMPUTED, replace(COMPUTED, generated="a * 3"), "other values"),
    (ColumnKind(), "stored", replace(COMPUTED, stored=False), COMPUTED, "on each write"),
    (ColumnKind(), "stored", COMPUTED, replace(COMPUTED, stored=False), "on each read"),
    (ColumnKind(), "collation", COLUMN, COLUMN, "sort and compare in another order"),
    (PrimaryKeyKind(), "columns", PRIMARY, replace(PRIMARY, columns=("b", "a")),
     "another first column"),
    (PrimaryKeyKind(), "columns", PRIMARY, replace(PRIMARY, columns=("a",)), "fail as duplicates"),
    (PrimaryKeyKind(), "columns", PRIMARY, replace(PRIMARY, columns=("a", "b", "c")),
     "Duplicates that the models rule out get in."),
    (PrimaryKeyKind(), "name", PRIMARY, PRIMARY, "Only statements that name it fail"),
    (UniqueKind(), "columns", UNIQUE, replace(UNIQUE, columns=("a", "c")),
     "Duplicates that the models rule out get in. Inserts that the models allow can fail"),
    (UniqueKind(), "include", UNIQUE, UNIQUE, "Index-only scans"),
    (UniqueKind(), "nulls_not_distinct", UNIQUE, replace(UNIQUE, nulls_not_distinct=True),
     "second row with NULL fail"),
    (UniqueKind(), "nulls_not_distinct", replace(UNIQUE, nulls_not_distinct=True), UNIQUE,
     "Several rows with NULL get in"),
    (UniqueKind(), "deferrable", UNIQUE, replace(UNIQUE, deferrable=True), "ON CONFLICT fails"),
    (UniqueKind(), "deferrable", replace(UNIQUE, deferrable=True), UNIQUE, "No transaction can"),
    (UniqueKind(), "initially_deferred", UNIQUE, replace(UNIQUE, initially_deferred=True),
     "refused at COMMIT"),
    (UniqueKind(), "initially_deferred", replace(UNIQUE, initially_deferred=True), UNIQUE,
     "refused by the statement"),
    (CheckKind(), "name", CHECK, CHECK, "Only statements that name it fail"),
    (CheckKind(), "no_inherit", CHECK, replace(CHECK, no_inherit=True), "do not have the check"),
    (CheckKind(), "enforced", CHECK, replace(CHECK, enforced=False), "checks nothing"),
    (ExclusionKind(), "deferrable", EXCLUSION, replace(EXCLUSION, deferrable=True), "CONFLICT"),
    (ForeignKeyKind(), "on_delete", replace(FOREIGN, on_delete="CASCADE"), FOREIGN,
     "Deletes of referenced rows fail while other rows refer to them."),
    (ForeignKeyKind(), "on_delete", FOREIGN, replace(FOREIGN, on_delete="CASCADE"),
     "delete the rows that refer to them"),
    (ForeignKeyKind(), "on_update", FOREIGN, replace(FOREIGN, on_update="CASCADE"),
     "update the rows that refer to it"),
    (ForeignKeyKind(), "match", FOREIGN, replace(FOREIGN, match="FULL"), "NULL fail"),
    (ForeignKeyKind(), "match", replace(FOREIGN, match="FULL"), FOREIGN, "and not checked"),
    (ForeignKeyKind(), "target", FOREIGN, FOREIGN, "checked against other rows"),
    (ForeignKeyKind(), "deferrable", FOREIGN, replace(FOREIGN, deferrable=True), "by itself"),
    (ForeignKeyKind(), "enforced", FOREIGN, replace(FOREIGN, enforced=False), "checks nothing"),
    (IndexKind(), "unique", ONLY, INDEX, "ON CONFLICT fails"),
    (IndexKind(), "unique", INDEX, ONLY, "can fail as duplicates"),
    (IndexKind(), "keys", INDEX, INDEX, "are slow"),
    (IndexKind(), "keys", ONLY, OTHER, "unique by another key"),
    (IndexKind(), "keys", ONLY, ONLY, "are slow"),
    (IndexKind(), "predicate", INDEX, replace(INDEX, predicate="a > 1"), "are slow"),
    (IndexKind(), "predicate", replace(INDEX, predicate="a > 1"), INDEX, "larger than declared"),
    (IndexKind(), "predicate", ONLY, replace(ONLY, predicate="a > 1"), "ON CONFLICT fails"),
    (IndexKind(), "predicate", replace(ONLY, predicate="a > 1"), ONLY, "fail as duplicates"),
    (IndexKind(), "name", INDEX, INDEX, "DROP INDEX"),
    (IndexKind(), "storage.fillfactor", INDEX, INDEX, "amount of space"),
    (TableKind(), "relation", TABLE, replace(VIEW, insertable=False), "Every INSERT by the model"),
    (TableKind(), "relation", TABLE, VIEW, "has no constraints and indexes"),
    (TableKind(), "relation", VIEW, TABLE, "do not follow the view's query"),
    (TableKind(), "relation", VIEW, replace(VIEW, relation="materialized view"), "last REFRESH"),
    (TableKind(), "relation", SPLIT, TABLE, "Migrations that create partitions"),
    (TableKind(), "partition_key", TABLE, SPLIT, "have no partition fail"),
    (TableKind(), "partition_key", SPLIT, SPLIT, "read every partition"),
    (TableKind(), "unlogged", TABLE, replace(TABLE, unlogged=True), "A crash of the server"),
    (TableKind(), "unlogged", replace(TABLE, unlogged=True), TABLE, "Writes are slower"),
    (EnumKind(), "labels", ENUM, replace(ENUM, labels=("a", "b")), "only the models have fail."),
    (EnumKind(), "labels", ENUM, replace(ENUM, labels=("a", "b", "c", "z")),
     "Reads of a label that only the database has fail."),
    (EnumKind(), "labels", ENUM, replace(ENUM, labels=("b", "a", "c")), "in another order"),
    (EnumKind(), "labels", ENUM, replace(ENUM, labels=("b", "a", "z")),
     "models have fail. Reads of a label that only the database has fail. Labels sort"),
    (DomainKind(), "checks", replace(DOMAIN, checks=("value > 0",)), DOMAIN, "get in"),
    (DomainKind(), "checks", DOMAIN, replace(DOMAIN, checks=("value > 0",)), "can be refused"),
    (DomainKind(), "nullable", DOMAIN, replace(DOMAIN, nullable=False), "Writes of NULL fail"),
    (DomainKind(), "nullable", replace(DOMAIN, nullable=False), DOMAIN, "NULLs get in"),
    (SequenceKind(), "maximum", SEQUENCE, options(maximum=9), "run out earlier"),
    (SequenceKind(), "maximum", options(maximum=9), SEQUENCE, "can exceed"),
    (SequenceKind(), "minimum", SEQUENCE, options(minimum=9), "No effect on existing numbers"),
    (SequenceKind(), "minimum", options(increment=-1), options(increment=-1, minimum=-9),
     "run out earlier"),
    (SequenceKind(), "cycle", SEQUENCE, options(cycle=True), "Numbers repeat"),
    (SequenceKind(), "cycle", options(cycle=True), SEQUENCE, "do not start again"),
    (SequenceKind(), "type", SEQUENCE, replace(SEQUENCE, type="integer"), "run out earlier"),
]  # fmt: skip
TYPES = [
    ("character varying(50)", "character varying(20)", "Writes of longer values fail"),
    ("character varying(50)", "text", "reads can return longer values"),
    ("text", "character varying", "No effect: both types take text of any length."),
    ("text", "character varying(9)", "Writes of longer values fail"),
    ("character(3)", "character varying(3)", "does not pad"),
    ("integer", "bigint", "reads can return larger values"),
    ("bigint", "integer", "Writes of larger values fail: out of range."),
    ("integer", "numeric", "decimals and larger values"),
    ("numeric", "integer", "Decimals are rounded, and writes of larger values fail"),
    ("numeric(10,2)", "numeric(8,2)", "Writes of larger values fail"),
    ("numeric(10,2)", "numeric(9,1)", "Decimals are rounded."),
    ("numeric(10,2)", "numeric(12,4)", "more decimals"),
    ("numeric(10,2)", "numeric(10,4)", "Writes of larger values fail"),
    ("numeric(10,2)", "numeric(10,1)", "Decimals are rounded."),
    ("double precision", "real", "about six digits"),
    ("real", "double precision", "more decimals"),
    ("timestamp(3) with time zone", "timestamp with time zone", "finer fractions"),
    ("timestamp with time zone", "timestamp(3) with time zone", "Fractions of a second"),
    ("timestamp with time zone", "timestamp without time zone", "drops the time zone"),
    ("timestamp without time zone", "timestamp with time zone", "the session's time zone"),
    ("interval day to second", "interval", "other fields of intervals"),
    ("integer[]", "integer", "only one side is an array"),
    ("uuid", "text", "Comparisons fail without a cast, and reads return values of another"),
    ("character varying(36)", "uuid", "Comparisons fail without a cast, and reads return"),
    ("jsonb", "json", "Comparisons fail without a cast."),
    ("bytea", "text", "stores the text form of bytes"),
    ("numeric(10,2)", "double precision", "inexact numbers"),
    ("double precision", "numeric", "values of another type"),
    ("timestamp without time zone", "date", "drops the time of day"),
]


@pytest.mark.parametrize(("kind", "item", "expected"), MISSING)
def test_the_impact_of_a_missing_object(kind: Kind[Any], item: Any, expected: str) -> None:
    assert_one_case(kind.effect_of_missing(item).impact, expected)


@pytest.mark.parametrize(("kind", "item", "expected"), EXTRA)
def test_the_impact_of_an_extra_object(kind: Kind[Any], item: Any, expected: str) -> None:
    assert_one_case(kind.effect_of_extra(item).impact, expected)


@pytest.mark.parametrize(("kind", "change", "declared", "live", "expected"), CHANGES)
def test_the_impact_of_a_change(
    kind: Kind[Any], change: str, declared: Any, live: Any, expected: str
) -> None:
    assert_one_case(kind.effect_of_change(change, declared, live).impact, expected)


@pytest.mark.parametrize(("declared", "live", "expected"), TYPES)
def test_another_type(declared: str, live: str, expected: str) -> None:
    assert_one_case(impact_of_type(declared, live), expected)


@pytest.mark.parametrize(("sentences", "expected"), [
    (["A.", "B.", "A."], "A. B."),
    ([RENAMED, "A."], "A."),
    ([RENAMED, "No effect today: x."], f"{RENAMED} No effect today: x."),
    (["No effect on queries.", "A."], "A."),
    (["", "A."], "A."),
    ([], ""),
])  # fmt: skip
def test_impacts_of_several_changes_are_joined(sentences: list[str], expected: str) -> None:
    assert joined(sentences) == expected


def assert_one_case(impact: str, expected: str) -> None:
    assert expected in impact
    assert not re.search(r"\b(?:if|where|or|None)\b", impact)
    assert prose(impact) == impact
