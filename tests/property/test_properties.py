"""Laws, over generated metadata on a real server.

`DRIFT_EXAMPLES` sets how many schemas and mutations are generated (default 20 of each);
`DRIFT_SHRINK` looks for the smallest failing one, which takes minutes on a server.
"""

from __future__ import annotations

import os
from typing import Any

import hypothesis
import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from drift.compare.comparator import compare
from drift.kinds import KINDS
from drift.model import Schema
from drift.sources.database.connection import Timeouts, connect, parse
from drift.sources.database.reflection import reflect
from drift.sources.database.scope import Scope
from drift.sources.models.loader import Models
from tests.property.metadata import metadatas
from tests.property.mutations import possible, quoted
from tests.servers import Database, create_all
from tests.system.checking import check

EXAMPLES = int(os.environ.get("DRIFT_EXAMPLES", "20"))
PROFILE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, *[Phase.shrink] * ("DRIFT_SHRINK" in os.environ)],
    derandomize=os.environ.get("DRIFT_EXAMPLES") is None,
)
SCHEMAS = ("public", "other", 'Odd "Schema".x')


@pytest.fixture(scope="module")
def shared(admin: psycopg.Connection[Any], dsn: str) -> Any:
    """One database for all examples; each starts by emptying it."""
    made = Database(admin, dsn)
    yield made
    made.drop()


def rebuilt(database: Database, metadata: Any) -> str:
    """Empty the database and create the metadata in it."""
    names = [name.replace('"', '""') for name in SCHEMAS]
    drop = "".join(
        f'DROP SCHEMA IF EXISTS "{name}" CASCADE; CREATE SCHEMA "{name}";' for name in names
    )
    database.execute("SET client_min_messages = error;" + drop)
    try:
        create_all(metadata, database.url)
    except psycopg.Error as refusal:  # two names that are one after 63 bytes
        hypothesis.event(f"cannot be created: {refusal.sqlstate}")
        hypothesis.assume(condition=False)
    return database.url


def reflected(url: str) -> Schema:
    with connect(parse(url), Timeouts()) as connection:
        return reflect(connection, Scope(schemas=SCHEMAS), Timeouts()).schema


@PROFILE
@given(metadata=metadatas())
def test_a_database_just_made_from_its_models_is_in_sync(shared: Database, metadata: Any) -> None:
    findings = check(rebuilt(shared, metadata), metadata).findings
    assert [(f.rule, f.object.path, f.message) for f in findings] == []


@PROFILE
@given(metadata=metadatas(), data=st.data())
def test_one_mutation_is_found_and_nothing_else(
    shared: Database, metadata: Any, data: st.DataObject
) -> None:
    url = rebuilt(shared, metadata)
    mutation = data.draw(st.sampled_from(possible(reflected(url))))
    hypothesis.note(mutation.sql)
    try:
        shared.execute(mutation.sql)
    except psycopg.Error as refusal:
        hypothesis.event(f"refused: {refusal.sqlstate}")
        hypothesis.assume(False)
    findings = check(url, metadata).findings
    found = sorted(
        (f.rule, f"{f.object.schema}.{f.object.table or f.object.name}") for f in findings
    )
    expected = [] if _left_to_the_server(metadata, mutation.sql) else sorted(mutation.expected)
    assert found == expected, [f.message for f in findings]


def _left_to_the_server(metadata: Any, sql: str) -> bool:
    """Tell whether a mutation is of a default that the model does not know: `FetchedValue`."""
    changes = (
        f"{quoted(table.schema or 'public', table.name)} ALTER COLUMN {quoted(column.name)} {verb} "
        for table in metadata.tables.values()
        for column in table.columns
        if column.server_default is not None and not hasattr(column.server_default, "arg")
        and column.identity is None and column.computed is None
        for verb in ("SET DEFAULT", "DROP DEFAULT")
    )  # fmt: skip
    return any(change in f"{sql} " for change in changes)


@PROFILE
@given(metadata=metadatas())
def test_a_schema_does_not_differ_from_itself_in_any_order(metadata: Any) -> None:
    declared = Models("m", [metadata]).declare("public", 180000)
    backward = msgspec.structs.replace(
        declared, objects={kind: items[::-1] for kind, items in declared.objects.items()}
    )
    assert compare(declared, declared).findings == ()
    assert compare(declared, backward).findings == ()


@PROFILE
@given(one=metadatas(), other=metadatas())
def test_swapping_the_sides_swaps_missing_and_extra(one: Any, other: Any) -> None:
    first, second = (Models("m", [m]).declare("public", 180000) for m in (one, other))
    whole = frozenset(SCHEMAS)
    schemas = tuple(first.objects["schema"]) + tuple(second.objects["schema"])
    sides = [
        msgspec.structs.replace(
            side,
            managed_schemas=whole,
            objects={**side.objects, "schema": tuple(dict.fromkeys(schemas))},
        )
        for side in (first, second)
    ]
    # with answers, even none: without, what differs as text would leave its whole table open
    first_way, second_way = compare(sides[0], sides[1], {}), compare(sides[1], sides[0], {})
    one_way, back = first_way.findings, second_way.findings
    for kind in KINDS:
        missing = {f.object.path for f in one_way if f.rule == f"missing-{kind.name}"}
        extra = {f.object.path for f in back if f.rule == f"extra-{kind.name}"}
        assert missing == extra, kind.name
