"""The options that choose findings, and how to close them, through the command."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from drift.formats.plan import FORMATS
from tests.cli.messages import one_message
from tests.planning.shop import ALL, Shop

ROLE, RANK = "add public.users.role", "change public.users.rank to integer"
INDEX, OLD = "create the index ix_orders_user_id", "drop public.users.old"


@pytest.mark.parametrize(
    ("options", "titles"),
    [
        (["--table", "orders"], [INDEX]),
        (["--table", "public.o*"], [INDEX]),
        (["--rule", "missing-*"], [ROLE, INDEX]),
        (["--rule", "missing-column", "--rule", "missing-index", "--table", "users"], [ROLE]),
        (["--table", "users", "--rule", "extra-*", "--allow", "drop"], [OLD]),
        (["--rule", "extra-*"], []),
    ],
)
def test_options_choose_the_findings(shop: Shop, options: list[str], titles: list[str]) -> None:
    assert shop.titles(*options) == titles


def test_a_finding_is_chosen_by_its_fingerprint(shop: Shop) -> None:
    report = json.loads(shop.run("check", "--format", "json").stdout)
    [finding] = [f for f in report["checks"][0]["findings"] if f["rule"] == "missing-index"]
    command = finding["fix"]["command"].split()
    assert command[:3] == ["drift", "plan", "production"]
    done = shop.plan(*command[2:])
    assert done.returncode == 0, done
    assert "1. Create the index ix_orders_user_id" in done.stdout
    assert done.stdout.endswith("production: 1 step closes every finding; not proven\n")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("options", "concurrently"),
    [
        ([], False),
        (["--small", "0"], True),
        (["--small", "512kB"], False),
        (["--small", "1.5 GB"], False),
        (["--small", "0", "--window"], False),
    ],
)
def test_the_size_of_a_table_decides_on_the_way(
    shop: Shop, options: list[str], concurrently: bool
) -> None:
    steps = shop.json("--rule", "missing-index", *options)["steps"]
    sql = [each["sql"] for step in steps for each in step["statements"]]
    assert any("CREATE INDEX CONCURRENTLY" in text for text in sql) is concurrently


def test_the_exit_code_says_whether_the_plan_closes_everything(shop: Shop) -> None:
    done = shop.plan()
    assert done.returncode == 1
    assert "needs --allow drop" in done.stdout
    assert "--decide public.users.rank=convert" in done.stdout
    assert shop.plan(*ALL).returncode == 0
    shop.database.execute(
        "ALTER TABLE users ADD role varchar(20) NOT NULL DEFAULT 'user', DROP old,"
        " ALTER rank TYPE integer; CREATE INDEX ix_orders_user_id ON orders (user_id)"
    )
    done = shop.run("plan")
    assert done.returncode == 0
    assert done.stdout.endswith("production: no step is needed; there is no step to prove\n")


def test_an_answer_may_be_an_expression(shop: Shop) -> None:
    steps = shop.json("--table", "users", "--decide", "public.users.rank=least(rank, 9)")["steps"]
    sql = [each["sql"] for step in steps for each in step["statements"]]
    assert any(re.search(r"USING\s+\(?least\(rank, 9\)", text) for text in sql), sql


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--finding", "0123"], ["--finding 0123", "no such finding", "lists the fingerprints"]),
        (["--rule", "missing-colum"], ["--rule", "did you mean missing-column"]),
        (["--table", "user"], ["--table user: neither side", "did you mean users?"]),
        (["--table", "x\x1b[31m"], ["--table x"]),
        (["--small", "big"], ["--small big: expected a size such as 10MB"]),
        (["--decide", "rank"], ["--decide rank: expected KEY=ANSWER"]),
        (["--decide", "public.users.rank= "], ["expected KEY=ANSWER"]),
        (
            ["--decide", "users.rank=convert"],
            ["--decide users.rank: no question has this key; the keys are public.users.rank"],
        ),
        (
            ["--rule", "missing-index", "--decide", "public.users.rank=convert"],
            ["--decide public.users.rank", "the plan has no question"],
        ),
        (["--alembic", "--adopt"], ["--alembic and --adopt exclude each other"]),
        (["--write"], ["--write needs --adopt"]),
        (["--message", "a"], ["--message needs --alembic or --baseline"]),
        (["--head", "a", "--baseline"], ["--head needs --alembic"]),
        (["--adopt", "--output", "sql=a.sql"], ["--output has no effect with --adopt"]),
        (["--baseline", "--format", "json"], ["--format has no effect with --baseline"]),
        (["--adopt", "--verify"], ["--verify has no effect with --adopt"]),
        (["--output", "sarif=a"], ["--output sarif=a: expected FORMAT=PATH", "text, markdown"]),
        (["--output", "sql=/proc/none/a"], ["cannot write /proc/none/a"]),
        (["--alembic"], ["production: the project has no Alembic environment", "alembic init"]),
        (["--baseline"], ["production: the project has no Alembic environment"]),
        (["--causes"], ["the causes need the project's Alembic migrations"]),
        (["staging"], ["there is no target 'staging'", "production"]),
        (["--connect-timeout", "soon"], ["--connect-timeout soon: expected a time"]),
        (["--expected", "snapshot:none.json"], ["none.json"]),
        (["--apply-check", "none.sql"], ["--apply-check none.sql: No such file"]),
        (["--apply-check", "."], ["--apply-check .: Is a directory"]),
        (["--apply-check", "shop.py"], ["--apply-check shop.py: not a plan of drift"]),
        (["--apply-check", "binary"], ["--apply-check binary: not UTF-8"]),
        (["--schema", "nope"], ['schema "nope" does not exist']),
    ],
)
def test_bad_input_is_one_line(shop: Shop, options: list[str], words: list[str]) -> None:
    (shop.folder / "binary").write_bytes(b"\xff\xfe-- drift")
    kinds = {"--adopt", "--baseline"} & {*options}
    done = shop.run("plan", *options, *([] if kinds or "--verify" in options else ["--no-verify"]))
    one_message(done, *words)
    assert done.stdout == ""
    assert "\x1b" not in done.stderr


def test_a_plan_is_for_one_target(shop: Shop) -> None:
    (shop.folder / "drift.yaml").write_text(
        "models: shop:metadata\ndatabase: ${SHOP}\ntargets: {a: {}, b: {}}\n"
    )
    one_message(shop.plan(), "a plan is for one target; name one of a, b")
    assert "Plan for b " in shop.plan("b").stdout


def test_tenants_need_a_schema(shop: Shop) -> None:
    shop.database.execute(
        "CREATE SCHEMA t_1; CREATE SCHEMA t_2; CREATE TABLE t_1.users (id int);"
        "CREATE TABLE t_2.users (id int)"
    )
    shop.change("MetaData()", "MetaData(schema='tenant')")
    shop.configure(schemas=["t_*"])
    done = shop.plan()
    one_message(done, "add the name of one of them: --schema t_1")


def test_every_format_is_written_at_once(shop: Shop) -> None:
    outputs = [word for name in FORMATS for word in ("--output", f"{name}=out/{name}")]
    done = shop.plan(*ALL, *outputs, "--output", "sql=-")
    assert done.returncode == 0, done.stderr
    texts = {name: (shop.folder / "out" / name).read_text() for name in FORMATS}
    assert texts["sql"] == done.stdout
    for name, text in texts.items():
        assert "ix_orders_user_id" in text, name
    conflict = shop.plan("--format", "json", "--output", "sql=-")
    one_message(conflict, "standard output takes one format")


def test_a_file_says_for_which_schema_its_plan_was_made(shop: Shop) -> None:
    files = ["--output", "sql=plan.sql", "--output", "json=plan.json"]
    shop.plan("--table", "users", *files)
    for name in ("plan.sql", "plan.json"):
        done = shop.run("plan", "--apply-check", name)
        assert done.returncode == 0
        assert done.stdout == (f"{name} fits: production is as it was when the plan was made\n")
    shop.database.execute("ALTER TABLE orders ADD note text")
    for name in ("plan.sql", "plan.json"):
        done = shop.run("plan", "--apply-check", name)
        assert done.returncode == 1
        assert done.stdout.startswith(f"{name} does not fit: production has changed since")


def test_a_snapshot_may_be_the_expected_side(shop: Shop) -> None:
    assert shop.run("snapshot", "--models", "shop:metadata", "-o", "s.json").returncode == 0
    assert shop.titles("--expected", "snapshot:s.json", *ALL) == shop.titles(*ALL)
    for option, words in (("--adopt", "name the models with --models"), ("--alembic", "snapshot")):
        one_message(shop.run("plan", "--expected", "snapshot:s.json", option), words)


def test_several_schemas(shop: Shop) -> None:
    shop.change("index=True),\n)", 'index=True),\n    schema="sales",\n)')
    shop.database.execute("CREATE SCHEMA sales; ALTER TABLE orders SET SCHEMA sales")
    done = shop.json(*ALL)
    assert done["complete"], done
    sql = " ".join(each["sql"] for step in done["steps"] for each in step["statements"])
    assert "ON sales.orders (user_id)" in sql
    assert "ALTER TABLE public.users" in sql


def test_what_the_configuration_ignores_is_not_planned(shop: Shop) -> None:
    ignored = {"rule": "extra-column", "object": "public.users.old", "reason": "kept"}
    report = json.loads(shop.run("check", "--format", "json").stdout)
    [extra] = [f for f in report["checks"][0]["findings"] if f["rule"] == "extra-column"]
    shop.configure(ignore=[ignored], severity={"missing-index": "off"})
    done = shop.plan("--verify", "--decide", "public.users.rank=convert")
    assert done.returncode == 0, done
    assert "users.old" not in done.stdout.replace("\n", " ")
    assert "ix_orders_user_id" not in done.stdout
    assert re.search(r"production: \d steps close every finding; proven\n$", done.stdout)
    one_message(shop.plan("--finding", extra["fingerprint"]), "the configuration ignores it (kept)")


def test_the_models_must_be_readable(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import nothing_here\n")
    one_message(shop.plan(), "cannot import shop")
