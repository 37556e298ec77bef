"""`drift show` finds what a person names: any kind, in any schema, however the name is written."""

from __future__ import annotations

import pytest

from tests.servers import Database
from tests.system.checking import drift

OBJECTS = """
CREATE SCHEMA sales; CREATE SCHEMA "Mixed"; CREATE SCHEMA a; CREATE SCHEMA b;
CREATE TYPE mood AS ENUM ('ok', 'sad'); CREATE TYPE sales.kind AS ENUM ('retail');
CREATE DOMAIN sales.email AS text NOT NULL DEFAULT 'none' CHECK (VALUE LIKE '%@%');
CREATE SEQUENCE sales.numbers AS integer INCREMENT 5; CREATE SEQUENCE loose;
CREATE TABLE users (id serial PRIMARY KEY); CREATE TABLE sales.users (sold int);
CREATE TABLE sales.orders (id int); CREATE VIEW sales.recent AS SELECT id FROM sales.orders;
CREATE TABLE "Mixed"."Big Table" ("Id" int);
CREATE TABLE a.twin (x int); CREATE TABLE b.twin (y int); CREATE TABLE "dot.ted" (z int);
"""
NUMBERS = "sequence sales.numbers (integer, start 1, increment 5, minimum 1, maximum 2147483647, "


@pytest.fixture
def shop(database: Database) -> Database:
    database.execute(OBJECTS)
    return database


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("users", "public.users (table)"),
        ("public.users", "public.users (table)"),
        ("sales.users", "sales.users (table)\n  sold  integer"),
        ("orders", "sales.orders (table)"),
        ("sales.recent", "sales.recent (view)\n  id  integer"),
        ("mood", "enum public.mood (ok, sad)"),
        ("public.mood", "enum public.mood (ok, sad)"),
        ("kind", "enum sales.kind (retail)"),
        ("sales.email", "domain sales.email (text DEFAULT 'none'::text NOT NULL CHECK (VALUE"),
        ("sales.numbers", NUMBERS),
        ("users_id_seq", "sequence public.users_id_seq (integer, "),
        ("Big Table", "Mixed.Big Table (table)\n  Id  integer"),
        ("Mixed.Big Table", "Mixed.Big Table (table)"),
        ('"Mixed"."Big Table"', "Mixed.Big Table (table)"),
        ("dot.ted", "public.dot.ted (table)"),
        ("public.dot.ted", "public.dot.ted (table)"),
        ('public."dot.ted"', "public.dot.ted (table)"),
        ("a.twin", "a.twin (table)\n  x  integer"),
        ("pg_catalog.pg_class", "pg_catalog.pg_class (table)"),
    ],
)
def test_a_name_finds_its_object(shop: Database, name: str, printed: str) -> None:
    outcome = drift("show", name, "--database", shop.url)
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.stdout.startswith(printed)
    assert outcome.stdout.count("\n\n") == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("twin", "'twin' is in the schemas a, b; write schema.name for one of them"),
        ("userz", "no table, view, enum, domain or sequence 'userz'; did you mean 'users'?"),
        ("Users", "did you mean 'users'?"),
        ("big table", "did you mean 'Mixed.Big Table'?"),
        ("salez.orders", "did you mean 'sales.orders'?"),
        ("public.orders", "did you mean 'sales.orders'?"),
        ("zzzzzzzz", "no table, view, enum, domain or sequence 'zzzzzzzz'\n"),
    ],
)
def test_a_name_that_finds_nothing_gets_a_hint(shop: Database, name: str, message: str) -> None:
    outcome = drift("show", "users", name, "--database", shop.url)
    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert outcome.stdout == ""


def test_others_of_the_same_name_are_mentioned(shop: Database) -> None:
    outcome = drift("show", "users", "--database", shop.url)
    assert "users is also in the schema sales; write schema.name for that one" in outcome.stderr
    inside = drift("show", "users", "--schema", "sales", "--database", shop.url)
    assert inside.stdout.startswith("sales.users (table)")
    assert "also in the schema public" in inside.stderr
    assert drift("show", "sales.users", "--database", shop.url).stderr == ""
    missing = drift("show", "users", "--schema", "nowhere", "--database", shop.url)
    assert (missing.exit_code, 'schema "nowhere" does not exist' in missing.stderr) == (2, True)


def test_several_are_in_the_order_of_schema_and_name(shop: Database) -> None:
    names = ["sales.users", "loose", "a.twin", "sales.kind", "mood", "sales.users"]
    printed = drift("show", *names, "--database", shop.url).stdout
    words = [line for line in printed.splitlines() if line and not line.startswith(" ")]
    assert [word.partition(" (")[0] for word in words] == [
        "a.twin",
        "sequence public.loose",
        "enum public.mood",
        "enum sales.kind",
        "sales.users",
    ]


def test_without_a_name_what_a_column_owns_is_left_to_its_column(shop: Database) -> None:
    printed = drift("show", "--database", shop.url).stdout
    assert "sequence public.loose" in printed
    assert "users_id_seq (" not in printed
    assert "sales." not in printed


def test_many_schemas_with_the_same_table_are_not_all_listed(database: Database) -> None:
    database.execute(
        "DO $$ BEGIN FOR n IN 10..29 LOOP EXECUTE format("
        "'CREATE SCHEMA tenant_%1$s CREATE TABLE notes (id int)', n); END LOOP; END $$"
    )
    outcome = drift("show", "notes", "--database", database.url)
    assert outcome.exit_code == 2
    listed = ", ".join(f"tenant_{number}" for number in range(10, 15))
    assert f"'notes' is in the schemas {listed} and 15 more" in outcome.stderr
    one = drift("show", "tenant_12.notes", "--schema", "tenant_*", "--database", database.url)
    assert one.stdout.startswith("tenant_12.notes (table)")
