"""Advice about schemas per tenant, and about many sequences."""

from __future__ import annotations

import sqlalchemy as sa

from drift.check import target as app
from drift.config import IgnoreEntry, Target
from drift.sources.models.loader import Models
from tests.check.test_advice import KEY, SQL, keyless_metadata
from tests.servers import Database
from tests.system.checking import check


def test_tenants_have_structure_in_common_and_numbers_of_their_own(database: Database) -> None:
    for number in range(4):
        database.execute(f"CREATE SCHEMA tenant_{number}; SET search_path = tenant_{number}; {SQL}")
    database.execute("SELECT setval('tenant_2.parents_id_seq', 2000000000)")
    target = Target(name="test", database=database.url, schemas=("tenant_*",), advice=("*",))
    outcome = app.check(target, note=lambda _: None, expected=Models("test", [keyless_metadata()]))
    assert outcome.in_sync
    assert {f.rule: f.schemas for f in outcome.advice} == {
        KEY: ("tenant_0", "tenant_1", "tenant_2", "tenant_3"),
        "sequence-exhaustion": ("tenant_2",),
    }
    assert {finding.object.schema for finding in outcome.advice} == {"tenant_*"}
    entry = IgnoreEntry(rule="sequence-exhaustion", object="tenant_2.*", reason="known")
    target = Target(
        name="test", database=database.url, schemas=("tenant_*",), advice=("*",), ignore=(entry,)
    )
    outcome = app.check(target, note=lambda _: None, expected=Models("test", [keyless_metadata()]))
    assert [finding.rule for finding in outcome.advice] == [KEY]
    assert len(outcome.ignored) == 1


def test_a_sequence_that_tenants_share_is_read_once(database: Database) -> None:
    database.execute("CREATE TABLE plans (id serial PRIMARY KEY)")
    database.execute("SELECT setval('plans_id_seq', 2000000000)")
    for number in range(3):
        database.execute(f"CREATE SCHEMA tenant_{number}; SET search_path = tenant_{number}; {SQL}")
    metadata = keyless_metadata()
    sa.Table("plans", metadata, sa.Column("id", sa.Integer, primary_key=True), schema="public")
    rules = ("sequence-exhaustion",)
    target = Target(name="test", database=database.url, schemas=("tenant_*",), advice=rules)
    outcome = app.check(target, note=lambda _: None, expected=Models("test", [metadata]))
    (finding,) = outcome.advice
    assert (finding.object.path, finding.schemas) == ("public.plans_id_seq", ())


def test_not_more_sequences_are_locked_than_a_server_bears(database: Database) -> None:
    database.execute(
        "DO $$ BEGIN FOR n IN 1..1200 LOOP EXECUTE format('CREATE SEQUENCE s%s', n); END LOOP;"
        " END $$"
    )
    metadata = sa.MetaData()
    sa.Table("parents", metadata, sa.Column("id", sa.Integer, primary_key=True))
    for number in range(1, 1201):
        sa.Sequence(f"s{number}", metadata=metadata)
    database.execute("CREATE TABLE parents (id serial PRIMARY KEY)")
    database.execute("SELECT setval('parents_id_seq', 2000000000)")
    outcome = check(database.url, metadata, advice=("sequence-exhaustion",))
    assert [finding.object.name for finding in outcome.advice] == ["parents_id_seq"]
    note = "sequence-exhaustion: 201 sequences were not read; a check reads 1,000 at most"
    assert note in outcome.notes
