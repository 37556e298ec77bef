"""Only the objects of extensions are left to them, not those with the same number elsewhere."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.servers import Database, create_all
from tests.system.checking import found

SAME_NUMBER = """
SET allow_system_table_mods = on;
INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
SELECT '{catalog}'::regclass, '{name}'::{type}::oid, 0, 'pg_extension'::regclass, e.oid, 0, 'e'
FROM pg_extension e WHERE e.extname = 'plpgsql'
"""
"""Gives the extension an object of a catalog with the number of one of ours. Numbers are unique
within a catalog only, and are used again after four thousand million others."""

OBJECTS = [
    ("CREATE TABLE unrelated (id int)", "regclass", ("pg_class", "pg_type"), "extra-table"),
    ("CREATE TYPE unrelated AS ENUM ('a')", "regtype", ("pg_type", "pg_class"), "extra-enum"),
    ("CREATE DOMAIN unrelated AS int", "regtype", ("pg_type", "pg_class"), "extra-domain"),
]


@pytest.mark.parametrize(("sql", "type_", "catalogs", "rule"), OBJECTS)
def test_a_number_of_another_catalog_makes_no_member(
    database: Database, sql: str, type_: str, catalogs: tuple[str, str], rule: str
) -> None:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True))
    create_all(metadata, database.url)
    database.execute(sql)
    own, other = (
        SAME_NUMBER.format(catalog=catalog, name="unrelated", type=type_) for catalog in catalogs
    )
    database.execute(other)
    assert found(database.url, metadata) == [f"warning {rule} public.unrelated"]
    database.execute(own)
    assert found(database.url, metadata) == []
