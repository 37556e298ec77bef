"""No password is printed, whatever quotes it; and no message is spoiled by a common one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psycopg
import pytest

from drift.scratch import server as scratch
from tests.cli.messages import one_message
from tests.servers import Database

SECRET = "tr0ub4dor%26horse"
AUDIT = ("--models", "drift.demo.models:Base")


def test_a_wrong_password(run: Any) -> None:
    with scratch.start_server() as server:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("CREATE ROLE locked LOGIN PASSWORD 'right'")
            access = server.home / "data" / "pg_hba.conf"
            access.write_text("local all locked scram-sha-256\nlocal all all trust\n")
            admin.execute("SELECT pg_reload_conf()")
        url = server.url().replace("postgres@", "locked:wrong-secret@")
        outcome = run("check", "--database", url, *AUDIT)
        one_message(outcome, "password authentication failed", "locked")
        assert "wrong-secret" not in outcome.stderr


def test_a_url_that_cannot_be_read_is_not_repeated(run: Any) -> None:
    outcome = run("check", "--database", f"postgresql://me:{SECRET}@[host/shop", *AUDIT)
    one_message(outcome, "the database URL cannot be read")
    assert SECRET not in outcome.stderr


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://shop:p@ss#w/rd@host",
        "postgresql+asyncpg://shop:geheim/rd@127.0.0.1:1/shop",
        "postgresql://shop:p@ss@[::1]:1/shop",
    ],
)
def test_an_unencoded_password_is_not_taken_for_a_host(run: Any, url: str) -> None:
    for outcome in (
        run("check", "--database", url, *AUDIT),
        run("check", *AUDIT, DATABASE_URL=url),
        run("show", DATABASE_URL=url),
        run("doctor", *AUDIT, DATABASE_URL=url),
    ):
        assert outcome.returncode == 2
        text = outcome.stdout + outcome.stderr
        assert "special characters of the password must be percent-encoded" in text
        assert not {part for part in ("ss#w", "ss@", "geheim", "rd@", "/rd") if part in text}


def test_a_bad_url_of_the_configuration_is_not_repeated(run: Any, tmp_path: Path) -> None:
    text = "models: drift.demo.models:Base\ntargets:\n  one: {database: '${URL}'}\n"
    (tmp_path / "drift.yaml").write_text(text)
    outcome = run("check", URL="postgresql://shop:geheim/rd@host/shop")
    one_message(outcome, "one: the database URL cannot be read: special characters")
    assert "geheim" not in outcome.stderr


@pytest.mark.parametrize("password", ["a", "shop", "model", "database"])
def test_a_short_or_common_password_spoils_no_message(
    run: Any, tmp_path: Path, password: str
) -> None:
    url = f"postgresql://shop:{password}@127.0.0.1:1/shop"
    words = f"there is no module 'app' (looked in {tmp_path} and the installed packages)"
    one_message(run("check", "--models", "app.models:Base", DATABASE_URL=url), words)
    outcome = run("check", *AUDIT, DATABASE_URL=f"{url}@x/shop")
    one_message(outcome, "default: the database URL cannot be read: special characters of the")


def test_a_short_password_is_taken_out_where_a_message_quotes_it(run: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import os\nraise RuntimeError(os.environ['DATABASE_URL'])\n")
    url = "postgresql://shop:shop@127.0.0.1:1/shop"
    outcome = run("check", "-v", "--models", "shop:Base", DATABASE_URL=url)
    assert "RuntimeError: postgresql://shop:***@127.0.0.1:1/shop" in outcome.stderr


def test_a_long_password_is_taken_out_of_every_report(
    run: Any, tmp_path: Path, database: Database
) -> None:
    secret = "tr0ub4dor&h'o\"rse"
    spelled = "tr0ub4dor%26h%27o%22rse"
    database.execute(
        "CREATE TABLE users (id text DEFAULT 'tr0ub4dor&h''o\"rse', dsn text DEFAULT "
        f"'postgresql://shop:{spelled}@h/x')"
    )
    database.execute("COMMENT ON TABLE users IS 'postgresql://other:their-pw@h/x'")
    formats = ("text", "json", "markdown", "html", "annotations", "sarif", "junit", "gitlab", "csv")
    outputs = [word for name in formats for word in ("--output", f"{name}={name}.out")]
    summary = tmp_path / "summary"
    outcome = run(
        *("check", "-v", "--database", database.url, *AUDIT, *outputs),
        DATABASE_URL=f"postgresql://shop:{spelled}@h/x",
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert outcome.returncode == 1, outcome.stderr
    texts = [outcome.stdout, outcome.stderr, summary.read_text()]
    texts += [(tmp_path / f"{name}.out").read_text() for name in formats]
    for text in texts:
        for part in (secret, "tr0ub4dor", "their-pw"):
            assert part not in text
    assert "***" in outcome.stdout
    shown = run("show", "--database", database.url, DATABASE_URL=f"postgresql://s:{spelled}@h/x")
    assert "tr0ub4dor" not in shown.stdout
    assert "***" in shown.stdout


def test_no_password_is_printed_anywhere(run: Any, tmp_path: Path, database: Database) -> None:
    (tmp_path / "shop.py").write_text(
        "import os\nraise RuntimeError('settings: ' + os.environ['DATABASE_URL'])\n"
    )
    url = f"postgresql://me:{SECRET}@127.0.0.1:1/shop"
    for arguments in (("--models", "shop:Base"), AUDIT):
        outcome = run("check", "-v", *arguments, DATABASE_URL=url)
        assert outcome.returncode == 2
        text = outcome.stdout + outcome.stderr
        assert SECRET not in text
        assert "tr0ub4dor&horse" not in text


def test_no_password_is_printed_by_an_internal_error(run: Any, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from drift.check import targets\n"
        "def broken(*args, **kwargs):\n"
        "    raise ZeroDivisionError(f'tr0ub4dor&horse {args} {kwargs}')\n"
        "targets.check = broken\n"
    )
    url = f"postgresql://me:{SECRET}@127.0.0.1:1/shop"
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    outcome = run("check", "-v", "--database", url, *AUDIT, PYTHONPATH=path)
    assert outcome.returncode == 2
    assert "internal error: ZeroDivisionError" in outcome.stderr
    assert "Traceback" in outcome.stderr
    assert SECRET not in outcome.stderr
    assert "tr0ub4dor&horse" not in outcome.stderr
    quiet = run("check", "--database", url, *AUDIT, PYTHONPATH=path)
    assert "Traceback" not in quiet.stderr
