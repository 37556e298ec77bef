"""Errors of every kind: what happened, why, and what to do."""

from __future__ import annotations

from pathlib import Path

import psycopg

from drift import scratch
from tests.servers import Database
from tests.snapshots.transcript import NEW_CLICK, Transcript

MODELS = ("--models", "shop:metadata")
CLOSED = "postgresql://reader@127.0.0.1:1/shop"


def test_errors_of_the_database(transcript: Transcript, drifted: str, database: Database) -> None:
    elsewhere = psycopg.conninfo.make_conninfo(drifted, dbname="nowhere")
    transcript.replaced = {elsewhere: "postgresql://reader@localhost/nowhere"} | transcript.replaced
    transcript.run("check", *MODELS)
    transcript.run("check", *MODELS, environment={"DATABASE_URL": ""})
    for bad in (
        CLOSED,
        "mysql://reader@localhost/shop",
        "postgresql://reader:p@ss/word@localhost/shop",
        "postgresql://reader@localhost:port/shop",
        elsewhere,
    ):
        transcript.run("check", "--database", bad, *MODELS)
    transcript.run("check", "--database", drifted, *MODELS, "--schema", "sales")
    transcript.run("check", "--database", drifted, *MODELS, "--connect-timeout", "soon")
    database.execute("DROP TABLE users, orders CASCADE")
    transcript.run("check", "--database", drifted, *MODELS)
    transcript.matches("errors-database")


def test_a_wrong_password(transcript: Transcript) -> None:
    with scratch.start_server() as server:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("CREATE ROLE locked LOGIN PASSWORD 'right'")
            access = server.home / "data" / "pg_hba.conf"
            access.write_text("local all locked scram-sha-256\nlocal all all trust\n")
            admin.execute("SELECT pg_reload_conf()")
        transcript.replaced[str(server.home)] = "/socket"
        url = server.url().replace("postgres@", "locked:wrong@")
        transcript.run("check", "--database", url, *MODELS)
    transcript.matches("errors-password")


SOURCES = {
    "raises.py": "def connect():\n    raise RuntimeError('no settings')\n\n\nconnect()\n",
    "broken.py": "x = 1\nclass :\n",
    "leaves.py": "import sys\n\nsys.exit(0)\n",
    "needs.py": "import nothing_here\n",
    "empty.py": "from sqlalchemy import MetaData\n\nmetadata = MetaData()\nnumber = 5\n",
}


def test_errors_of_the_models(transcript: Transcript, folder: Path) -> None:
    for name, source in SOURCES.items():
        (folder / name).write_text(source)
    transcript.run("check", "--database", CLOSED)
    for models in (
        *("shop", "shop:metdata", "stop:metadata", "raises:Base", "broken:Base", "leaves:Base"),
        *("needs:Base", "empty:metadata", "empty:number"),
    ):
        transcript.run("check", "--database", CLOSED, "--models", models)
    transcript.run("check", "--database", CLOSED, *MODELS, "--import", "app.models")
    transcript.run("check", "--database", CLOSED, *MODELS, "--bind", "reports")
    transcript.matches("errors-models")


CONFIGURATIONS = {
    "syntax": "models: [a:b\n",
    "several": "modles: a:b\nfail_on: sometimes\nignore:\n  - {rule: missing-colum, object: '*'}\n",
    "unset": "models: shop:metadata\ndatabase: ${NOT_SET}\n",
    "empty": "models: shop:metadata\ndatabase:\n",
    "targets": "models: shop:metadata\ntargets: {production: {database: x}, staging: {}}\n",
    "path": "models: shop:metadata\ndatabase: postgresql:///x\npath: src\n",
    "timeout": "models: shop:metadata\nconnect_timeout: soon\n",
}


def test_errors_of_the_configuration(transcript: Transcript, folder: Path) -> None:
    for name, text in CONFIGURATIONS.items():
        (folder / f"{name}.yaml").write_text(text)
        transcript.run("check", "--config", f"{name}.yaml")
    transcript.run("check", "--config", "targets.yaml", "prodution")
    transcript.run("check", "--config", "targets.yaml", "--database", CLOSED)
    transcript.run("show", "--config", "targets.yaml")
    transcript.run("check", "--config", "missing.yaml")
    transcript.run("check", "--config", ".")
    transcript.run("check", "production")
    transcript.matches("errors-configuration")


@NEW_CLICK
def test_errors_of_the_command_line(transcript: Transcript, folder: Path) -> None:
    (folder / "list").write_text("nonsense\n")
    for arguments in (
        ["chekc"],
        ["check", "--nope"],
        ["check", "--format", "xml"],
        ["check", "--fail-on", "never"],
        ["check", "--jobs", "0"],
        ["check", "--database"],
        ["check", "--database", ""],
        ["check", *MODELS, "--shard", "4/3"],
        ["check", *MODELS, "--output", "xml=drift.xml"],
        ["check", *MODELS, "--output", "json=/proc/none/drift.json"],
        ["check", *MODELS, "--output", "json=-", "--format", "html"],
        ["check", *MODELS, "--format", "json", "--table", "users"],
        ["check", *MODELS, "--rule", "missing-colum"],
        ["check", *MODELS, "--targets-from", "list"],
        ["check", *MODELS, "--targets-from", "none"],
        ["check", *MODELS, "--targets-from", "list", "production"],
        ["check", *MODELS, "--report", "sentry"],
        ["check", *MODELS, "--report", "github"],
        ["plan", *MODELS, "--write"],
        ["plan", *MODELS, "--alembic", "--adopt"],
        ["plan", *MODELS, "--message", "Close the drift"],
        ["plan", *MODELS, "--baseline", "--format", "json"],
        ["plan", *MODELS, "--apply-check", "list"],
        ["plan", *MODELS, "--alembic"],
        ["plan", *MODELS, "--output", "sarif=drift.sarif"],
        ["plan", *MODELS, "--allow", "everything"],
        ["plan", *MODELS, "--decide", "role"],
        ["rules", "missing-colum"],
        ["merge"],
    ):
        transcript.run(*arguments, environment={"DATABASE_URL": CLOSED})
    transcript.matches("errors-usage")
