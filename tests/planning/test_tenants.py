"""Plans of tenants: for one schema, with the tables of the models in it."""

from __future__ import annotations

import json

import pytest

from tests.cli.messages import one_message
from tests.planning.shop import Shop

MODELS = """\
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

metadata = MetaData()
users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(100)),
)
Table(
    "orders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id")),
)
"""
TENANT = """
CREATE SCHEMA {0};
CREATE TABLE {0}.users (id serial PRIMARY KEY, email varchar(100));
CREATE TABLE {0}.orders (id serial PRIMARY KEY, user_id int REFERENCES {0}.users (id));
"""
ADD = ["add tenant_3.users.email"]


@pytest.fixture
def tenants(shop: Shop) -> Shop:
    """Return a project with three tenants, the third of which lacks a column."""
    shop.models(MODELS)
    shop.database.execute("DROP TABLE orders, users")
    for name in ("tenant_1", "tenant_2", "tenant_3"):
        shop.database.execute(TENANT.format(name))
    shop.database.execute("ALTER TABLE tenant_3.users DROP email")
    shop.configure(schemas=["tenant_*"])
    return shop


def checked(shop: Shop, *options: str) -> list[str]:
    """Return the paths of the differences that `drift check` finds."""
    report = json.loads(shop.run("check", "--format", "json", *options).stdout)
    refs = [finding["object"] for finding in report["checks"][0]["findings"]]
    return [".".join(filter(None, (ref["schema"], ref["table"], ref["name"]))) for ref in refs]


def test_a_plan_takes_the_name_of_a_tenant(tenants: Shop) -> None:
    for options in ([], ["--schema", "tenant_[3]"]):
        done = tenants.plan("production", *options)
        one_message(done, "a plan is for one schema", "is a pattern", "--schema tenant_3")
    assert tenants.titles("--schema", "tenant_3") == ADD
    assert checked(tenants, "--schema", "tenant_3") == ["tenant_3.users.email"]


def test_the_plan_of_a_tenant_is_proven_and_closes_the_difference(tenants: Shop) -> None:
    done = tenants.plan("--schema", "tenant_3", "--verify", "--output", "sql=plan.sql")
    assert done.returncode == 0, done
    assert done.stdout.endswith("production: 1 step closes every finding; proven\n")
    tenants.database.execute((tenants.folder / "plan.sql").read_text().replace("\\set", "--"))
    assert checked(tenants) == []


@pytest.mark.parametrize("with_templates", [False, True])
def test_tables_without_a_schema_are_the_tenants(tenants: Shop, with_templates: bool) -> None:
    if with_templates:
        tenants.database.execute(TENANT.replace("CREATE SCHEMA {0};", "").format("public"))
    assert tenants.titles("--schema", "tenant_3", "--allow", "drop") == ADD
    assert tenants.json("--schema", "tenant_1")["steps"] == []


def test_a_configured_schema_that_holds_the_tables_is_theirs(tenants: Shop) -> None:
    tenants.configure(schemas=["tenant_3"])
    assert checked(tenants) == ["tenant_3.users.email"]
    assert tenants.titles("--allow", "drop") == ADD


def test_the_tables_of_public_stay_there_if_it_holds_any(tenants: Shop) -> None:
    tenants.database.execute("CREATE TABLE users (id serial PRIMARY KEY, email varchar(100))")
    tenants.configure(schemas=["tenant_1"])
    assert "public.orders.orders" in checked(tenants)


def test_a_table_that_the_models_may_mean_is_never_dropped(tenants: Shop) -> None:
    tenants.database.execute(TENANT.replace("CREATE SCHEMA {0};", "").format("public"))
    tenants.database.execute("CREATE TABLE tenant_3.old (id int)")
    tenants.configure(schemas=["tenant_3"])
    plan = tenants.json("--allow", "drop")
    assert [step["title"] for step in plan["steps"]] == ["drop the table tenant_3.old"]
    assert [refusal["path"] for refusal in plan["refusals"]] == [
        "tenant_3.orders",
        "tenant_3.users",
    ]
    for refusal in plan["refusals"]:
        assert "without a schema" in refusal["reason"]


def test_two_tenants_are_named_by_a_pattern(tenants: Shop) -> None:
    names = ("--schema", "tenant_3", "--schema", "tenant_1")
    for command in ("check", "plan"):
        done = tenants.run(command, *names)
        one_message(done, "tenant_3 and tenant_1 are both tenants", "tenant_*")


def test_two_tenants_of_two_patterns_have_both_in_the_message(tenants: Shop) -> None:
    tenants.configure(schemas=["tenant_[12]", "*_3"])
    done = tenants.run("check", "--schema", "tenant_3", "--schema", "tenant_1")
    one_message(done, "tenant_3 and tenant_1 are both tenants", "(*_3, tenant_[12])")


def test_a_name_replaces_a_pattern_of_the_command_line(tenants: Shop) -> None:
    tenants.configure()
    names = ("--schema", "tenant_*", "--schema", "t*", "--schema", "tenant_1")
    assert checked(tenants, *names) == []
    assert tenants.json(*names)["steps"] == []


@pytest.mark.parametrize("schemas", [["tenant_*"], None])
def test_schemas_that_the_models_name_are_no_tenants(
    tenants: Shop, schemas: list[str] | None
) -> None:
    tenants.models(
        "from sqlalchemy import Column, Integer, MetaData, Table\n"
        "metadata = MetaData()\n"
        "for name in ('tenant_1', 'tenant_2'):\n"
        "    Table('a', metadata, Column('id', Integer, primary_key=True), schema=name)\n"
    )
    for name in ("tenant_1", "tenant_2"):
        tenants.database.execute(f"DROP TABLE {name}.orders, {name}.users")
        tenants.database.execute(f"CREATE TABLE {name}.a (id serial PRIMARY KEY)")
    tenants.configure(**({"schemas": schemas} if schemas else {}))
    done = tenants.run("check", "--schema", "tenant_1", "--schema", "tenant_2")
    assert done.returncode == 0, done
