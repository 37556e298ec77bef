"""Types by the names of PostgreSQL, compared with those that SQLAlchemy reflects."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from drift.sources.migrations.hooks.types import type_of
from tests.servers import Database, engine_of

TYPES = (
    "smallint integer bigint real float8 numeric numeric(9) numeric(9,2) text varchar varchar(9) "
    "char char(2) name oid bytea boolean date time timetz timestamp timestamptz time(3) timetz(3) "
    "timestamp(3) timestamptz(3) interval interval(3) json jsonb uuid bit(3) varbit varbit(5) inet "
    "cidr macaddr macaddr8 money tsvector tsquery int4range numrange tstzrange int4multirange xml "
    'point "char" regclass integer[] varchar(9)[] numeric(9,2)[] timestamptz[] xid'
).split()


@pytest.mark.filterwarnings("ignore:Did not recognize type")
def test_types_are_those_that_sqlalchemy_reflects(database: Database) -> None:
    columns = ", ".join(f"c{number} {name}" for number, name in enumerate(TYPES))
    database.execute(f"CREATE TABLE types ({columns})")
    names = database.fetch(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = 'types'::regclass AND attnum > 0 ORDER BY attnum"
    )
    engine = engine_of(database)
    reflected = [str(column["type"]) for column in sa.inspect(engine).get_columns("types")]
    engine.dispose()
    assert [str(type_of(row[0])) for row in names] == reflected
