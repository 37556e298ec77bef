"""A definition that cannot be judged casts no doubt on another object with the same text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from drift.scratch import Scratch
from tests.mutations.sql_objects import check, prepare
from tests.servers import Database


@pytest.fixture(scope="module")
def scratch(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Scratch]:
    with Scratch(dsn if admin.info.server_version >= 180000 else None) as made:
        yield made


def test_a_result_of_the_same_type_stays_an_error(database: Database, scratch: Scratch) -> None:
    declared = [
        "CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 2'",
    ]
    prepare(database, [])
    database.execute(
        "CREATE TABLE hidden (id int);"
        "CREATE FUNCTION total() RETURNS bigint LANGUAGE sql AS 'SELECT 1';"
        # the scratch server has no type `hidden`
        "CREATE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 3';"
        "CREATE FUNCTION unrelated(a hidden) RETURNS int LANGUAGE sql AS 'SELECT 1'"
    )
    outcome = check(database, declared, scratch, strict=("function",))
    by_name = {finding.object.name: finding for finding in outcome.findings}
    assert str(by_name["total()"].severity) == "error"
    assert all("could not" not in finding.message for finding in outcome.findings)
