"""A schema test of the usual style, for comparison: the inspector beside the models' metadata.

The functions are tests of pytest's if a conftest.py has the fixtures `engine` and `metadata`.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Engine, Inspector

IGNORED_TABLES = {"alembic_version"}
SYNONYMS = {
    "INTEGER": "INT",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
    "DATETIME": "TIMESTAMP",
    "DOUBLE PRECISION": "FLOAT",
    "DOUBLE_PRECISION": "FLOAT",
    "DECIMAL": "NUMERIC",
    "BOOL": "BOOLEAN",
}


@pytest.fixture
def inspector(engine: Engine) -> Inspector:
    return sa.inspect(engine)


def declared_tables(metadata: sa.MetaData) -> dict[str, sa.Table]:
    return {table.name: table for table in metadata.tables.values() if not table.schema}


def normalized(column_type: Any) -> str:
    """Return the name of a type without what both sides spell differently."""
    dialect: Any = postgresql.dialect()  # type: ignore[no-untyped-call]
    text = str(column_type.compile(dialect=dialect)).upper()
    for long, short in SYNONYMS.items():
        if text.startswith(long):
            return text.replace(long, short, 1)
    return text


def live_columns(inspector: Inspector, table: str) -> dict[str, Any]:
    return {column["name"]: column for column in inspector.get_columns(table)}


def test_all_tables_exist(inspector: Inspector, metadata: sa.MetaData) -> None:
    missing = set(declared_tables(metadata)) - set(inspector.get_table_names())
    assert not missing, f"missing tables: {sorted(missing)}"


def test_no_unknown_tables(inspector: Inspector, metadata: sa.MetaData) -> None:
    unknown = set(inspector.get_table_names()) - set(declared_tables(metadata)) - IGNORED_TABLES
    assert not unknown, f"unknown tables: {sorted(unknown)}"


def test_columns_exist(inspector: Inspector, metadata: sa.MetaData) -> None:
    problems = []
    for name, table in declared_tables(metadata).items():
        live = set(live_columns(inspector, name))
        declared = {column.name for column in table.columns}
        problems += [f"{name}.{column} is missing" for column in declared - live]
        problems += [f"{name}.{column} is not declared" for column in live - declared]
    assert not problems, "\n".join(sorted(problems))


def test_column_types(inspector: Inspector, metadata: sa.MetaData) -> None:
    problems = []
    for name, table in declared_tables(metadata).items():
        live = live_columns(inspector, name)
        for column in table.columns:
            if column.name in live:
                expected = normalized(column.type)
                actual = normalized(live[column.name]["type"])
                if expected != actual:
                    problems.append(f"{name}.{column.name}: {expected}, live {actual}")
    assert not problems, "\n".join(problems)


def test_nullability(inspector: Inspector, metadata: sa.MetaData) -> None:
    problems = []
    for name, table in declared_tables(metadata).items():
        live = live_columns(inspector, name)
        for column in table.columns:
            if column.name in live and bool(column.nullable) != live[column.name]["nullable"]:
                problems.append(f"{name}.{column.name}: nullable should be {column.nullable}")
    assert not problems, "\n".join(problems)


def test_primary_keys(inspector: Inspector, metadata: sa.MetaData) -> None:
    for name, table in declared_tables(metadata).items():
        live = inspector.get_pk_constraint(name)["constrained_columns"]
        expected = [column.name for column in table.primary_key.columns]
        assert live == expected, f"primary key of {name}: {expected}, live {live}"


def test_foreign_keys(inspector: Inspector, metadata: sa.MetaData) -> None:
    for name, table in declared_tables(metadata).items():
        live = {
            (tuple(key["constrained_columns"]), key["referred_table"])
            for key in inspector.get_foreign_keys(name)
        }
        expected = {
            (tuple(key.column_keys), key.referred_table.name)
            for key in table.foreign_key_constraints
        }
        assert live == expected, f"foreign keys of {name}: {expected}, live {live}"


def test_indexes(inspector: Inspector, metadata: sa.MetaData) -> None:
    for name, table in declared_tables(metadata).items():
        live = {index["name"] for index in inspector.get_indexes(name)}
        expected = {str(index.name) for index in table.indexes}
        missing = expected - live
        assert not missing, f"missing indexes of {name}: {sorted(missing)}"


TESTS = [value for name, value in globals().items() if name.startswith("test_")]
