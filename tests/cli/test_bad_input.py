"""Bad input: one clear message, exit 2, no traceback, and no password anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import psycopg
import pytest

from drift import scratch
from tests.servers import Database

SECRET = "tr0ub4dor%26horse"
AUDIT = ("--models", "drift.demo.models:Base")
HIDDEN = "its message may hold secrets; -v prints it"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs `drift` in a folder of its own, as a user would."""
    packages = str(Path(__file__).parents[2])
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PG") and k != "DATABASE_URL"}

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, [packages, os.environ.get("PYTHONPATH")]))
        return subprocess.run(
            [sys.executable, "-m", "drift", *arguments], cwd=tmp_path, text=True,
            capture_output=True, timeout=60,
            check=False, env=clean | {"PYTHONPATH": path} | environment,
        )  # fmt: skip

    return run


def one_message(outcome: subprocess.CompletedProcess[str], *words: str) -> None:
    assert outcome.returncode == 2, outcome
    lines = outcome.stderr.strip().splitlines()
    assert len(lines) == 1, outcome.stderr
    assert "Traceback" not in outcome.stderr
    for word in words:
        assert word in lines[0]


def test_no_database(run: Any) -> None:
    one_message(run("check", *AUDIT), "no database given", "--database", "DATABASE_URL")


def test_no_models(run: Any, database: Database) -> None:
    one_message(run("check", "--database", database.url), "no models given", "--models")


def test_nothing_configured_points_to_init(run: Any, tmp_path: Path) -> None:
    words = "no models given", "there is none here or above; `drift init` writes it"
    one_message(run("check"), *words)
    looked = run("doctor")
    assert looked.returncode == 2
    assert looked.stdout.count("`drift init` writes it") == 2
    (tmp_path / "drift.yaml").write_text("targets: {a: {}}\n")
    outcome = run("check")
    one_message(outcome, "no database given")
    assert "drift init" not in outcome.stderr


def test_an_unreachable_host(run: Any) -> None:
    url = f"postgresql://me:{SECRET}@127.0.0.1:1/shop"
    outcome = run("check", "--database", url, *AUDIT)
    one_message(outcome, "127.0.0.1", "refused")
    assert SECRET not in outcome.stderr


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


def test_a_database_that_does_not_exist(run: Any, database: Database) -> None:
    url = database.url.replace(database.name, "nowhere_at_all")
    one_message(run("check", "--database", url, *AUDIT), 'database "nowhere_at_all" does not exist')


def test_a_schema_that_does_not_exist(run: Any, database: Database) -> None:
    outcome = run("check", "--database", database.url, "--schema", "nope", *AUDIT)
    one_message(outcome, 'schema "nope" does not exist')


def test_a_database_without_any_declared_table(run: Any, database: Database) -> None:
    one_message(run("check", "--database", database.url, *AUDIT), "none of the 8 declared tables")


def test_an_attribute_that_does_not_exist(run: Any) -> None:
    outcome = run("check", "--database", "postgresql:///x", "--models", "drift.demo.models:Bass")
    one_message(outcome, "no attribute 'Bass'", "did you mean 'Base'")


def test_a_module_that_does_not_exist(run: Any) -> None:
    outcome = run("check", "--database", "postgresql:///x", "--models", "nothing.here:Base")
    one_message(outcome, "cannot import nothing.here", "no module 'nothing'")


def test_models_that_raise_at_import(run: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import os\n\nraise RuntimeError('no settings\\nat all')\n")
    outcome = run("check", "--database", "postgresql:///x", "--models", "shop:Base")
    one_message(outcome, f"cannot import shop: shop.py:3: RuntimeError ({HIDDEN})")
    outcome = run("check", "-v", "--database", "postgresql:///x", "--models", "shop:Base")
    assert "cannot import shop: shop.py:3: RuntimeError: no settings at all\n" in outcome.stderr


def test_models_with_a_syntax_error(run: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("x = 1\nclass :\n")
    outcome = run("check", "--database", "postgresql:///x", "--models", "shop:Base")
    one_message(outcome, "cannot import shop: shop.py:2: SyntaxError")


def test_models_that_exit_at_import(run: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import sys\nsys.exit(0)\n")
    outcome = run("check", "--database", "postgresql:///x", "--models", "shop:Base")
    one_message(outcome, "cannot import shop: shop.py:2: SystemExit")


def test_metadata_without_tables(run: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import sqlalchemy\nBase = sqlalchemy.MetaData()\n")
    outcome = run("check", "--database", "postgresql:///x", "--models", "shop:Base")
    one_message(outcome, "shop:Base holds no tables", "--import")


def test_an_object_without_metadata(run: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("Base = 5\n")
    outcome = run("check", "--database", "postgresql:///x", "--models", "shop:Base")
    one_message(outcome, "models shop:Base: int holds no metadata")


@pytest.mark.parametrize(
    ("yaml", "words"),
    [
        ("models: [a:b\n", ("drift.yaml:2", "expected")),
        ("modles: a:b\n", ("drift.yaml:1", "modles", "did you mean", "models")),
        ("database: ${NOT_SET_ANYWHERE}\nmodels: a:b\n", ("drift.yaml:1", "NOT_SET_ANYWHERE")),
        ("models: 5:6\n", ("drift.yaml:1", "models")),
    ],
)
def test_a_bad_configuration(run: Any, tmp_path: Path, yaml: str, words: tuple[str, ...]) -> None:
    (tmp_path / "drift.yaml").write_text(yaml)
    one_message(run("check"), *words)


def test_several_problems_of_a_configuration_come_at_once(run: Any, tmp_path: Path) -> None:
    text = """
    modles: a:b
    fail_on: sometimes
    ignore:
      - rule: missing-colum
        object: "*"
    """
    (tmp_path / "drift.yaml").write_text(textwrap.dedent(text))
    outcome = run("check")
    assert outcome.returncode == 2
    lines = outcome.stderr.strip().splitlines()
    assert len(lines) >= 4
    assert all("drift.yaml:" in line for line in lines)


def test_a_configuration_that_cannot_be_read(run: Any, tmp_path: Path) -> None:
    one_message(run("check", "-c", str(tmp_path)), "is a directory")
    one_message(run("check", "-c", "missing.yaml"), "missing.yaml")


def test_an_unknown_target(run: Any, tmp_path: Path) -> None:
    (tmp_path / "drift.yaml").write_text("targets:\n  production: {models: 'a:b'}\n")
    one_message(run("check", "prodution"), "prodution", "production")


def test_a_target_without_a_configuration(run: Any) -> None:
    one_message(run("check", "production"), "no drift.yaml found", "production")


def test_a_statement_timeout(run: Any, tmp_path: Path, database: Database) -> None:
    database.execute("CREATE TABLE users (id int)")
    (tmp_path / "drift.yaml").write_text("models: drift.demo.models:Base\nstatement_timeout: 1ms\n")
    one_message(run("check", "--database", database.url), "statement timeout", "statement_timeout")


def test_another_database_system(run: Any) -> None:
    outcome = run("check", "--database", f"mysql://me:{SECRET}@localhost/shop", *AUDIT)
    one_message(outcome, "mysql", "PostgreSQL only")


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
    formats = ("text", "json", "markdown", "html", "annotations", "sarif", "junit")
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


def test_an_output_that_cannot_be_written(run: Any, database: Database) -> None:
    database.execute("CREATE TABLE users (id int)")
    outcome = run("check", "--database", database.url, *AUDIT, "--output", "json=/proc/no/report")
    one_message(outcome, "cannot write /proc/no/report")
    one_message(run("check", "--output", "jsn=x"), "--output jsn=x: expected FORMAT=PATH")


def test_an_unknown_table_and_an_unknown_rule(run: Any, database: Database) -> None:
    database.execute("CREATE TABLE users (id int)")
    outcome = run("show", "user", "--database", database.url)
    one_message(outcome, "no table, view, enum, domain or sequence 'user'", "did you mean")
    one_message(run("rules", "missing-colum"), "did you mean missing-column")


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
        "import drift.check.targets\n"
        "def broken(*args, **kwargs):\n"
        "    raise ZeroDivisionError(f'tr0ub4dor&horse {args} {kwargs}')\n"
        "drift.check.targets.check = broken\n"
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
