"""Migrations that fail in every way, and that would reach another server than the scratch one."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from drift.scratch import ScratchDatabase
from drift.sources.migrations.runner import run
from tests.faults.failed_migrations import failure
from tests.scratch.test_server import psutil
from tests.servers import Database
from tests.sources.migrations.run_projects import LIVE, SYNC, Project, of

FAILING = f"\nraise RuntimeError('token=Abcdefgh12345 ' + '{LIVE}')"
ROLLED_BACK = of('os.environ["DATABASE_URL"], future=True').replace(
    "run_migrations()", "run_migrations()\n        connection.rollback()"
)


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (f"import os{FAILING}", "alembic/env.py:2: RuntimeError (its message may hold secrets"),
        ("import sys; sys.exit(0)", "alembic/env.py:1: env.py ended the process with exit code 0"),
        ("import os; os._exit(0)", "ended the process (exit code 0); remove that call"),
        ("import os; os.kill(os.getpid(), 9)", "the process was killed by SIGKILL"),
        ("import os, time; os.closerange(3, 200); time.sleep(60)", "closed file descriptors"),
        (
            "import os\nfor n in range(3, 4096):\n    try:\n        os.write(n, b'x\\n')\n"
            "    except OSError:\n        pass",
            "wrote into a file descriptor that it did not open",
        ),
        ("def f(:", "alembic/env.py:1: SyntaxError"),
        ("import shop.settings", "alembic/env.py:1: ModuleNotFoundError: "),
        ("print('nothing')", "env.py ran no migration"),
        (ROLLED_BACK, "did not commit them"),
        (SYNC + FAILING, "alembic/env.py:12: RuntimeError"),
    ],
)  # fmt: skip
def test_a_failing_env_is_an_error_that_names_its_line(
    tmp_path: Path, database: Database, env: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert expected in str(failure(Project(tmp_path, env).two(), database.url))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("op.execute('SELEC 1')", 'SyntaxError: syntax error at or near "SELEC"'),
        ("op.drop_table('never')", 'UndefinedTable: table "never" does not exist (no earlier'),
        ("op.execute(sa.text('SELECT 1/0'))", "DivisionByZero: division by zero"),
        ("raise ValueError('password=Sup3rS3cretWord')", "ValueError (its message may hold"),
        ("[][op.f('x')]", "TypeError"),
        (
            "row, = op.get_bind().execute(sa.text('SELECT * FROM users')).fetchall()",
            "ValueError (its message may hold",
        ),
        (
            "op.execute('CREATE EXTENSION postgis')",
            'extension "postgis" is not available (the scratch server lacks the extension postgis; '
            "write scratch: with the URL of a server that has it into drift.yaml)",
        ),
        (
            "op.create_table('t', sa.Column('a', sa.Integer), schema='never')",
            'schema "never" does not exist (no earlier migration creates the schema; '
            "add CREATE SCHEMA IF NOT EXISTS to one)",
        ),
        (
            "op.execute('GRANT SELECT ON users TO drift_test_nobody')",
            'role "drift_test_nobody" does not exist (create the role on the server of scratch:)',
        ),
        (
            "op.execute('SELECT uuid_generate_v4()')",
            "function uuid_generate_v4() does not exist (if an extension has it, add CREATE",
        ),
        ("import sys; sys.exit('bye')", "env.py ended the process with exit code bye"),
    ],
)
def test_a_failing_revision_is_an_error_that_names_it(
    tmp_path: Path, database: Database, body: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path).two()
    project.revision("c3", "b2", body)
    message = str(failure(project, database.url))
    assert message.startswith("migrations: revision c3: alembic/versions/c3_x.py:11: ")
    assert expected in message


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        ("head", "Multiple head revisions are present"),
        ("head", "(name one, or use migrations@heads)"),
        (
            "zzz",
            "identified by 'zzz' (`alembic history` lists the revisions)",
        ),
    ],
)
def test_a_revision_that_does_not_exist(
    tmp_path: Path, database: Database, revision: str, expected: str
) -> None:
    project = Project(tmp_path).two()
    project.revision("c3", "a1", "pass")
    assert expected in str(failure(project, database.url, revision))


@pytest.mark.parametrize(
    ("text", "expected"), [("def f(:", "a1_x.py:1: SyntaxError"), ("1/0", "ZeroDivisionError")]
)
def test_a_revision_that_cannot_be_imported(
    tmp_path: Path, database: Database, text: str, expected: str
) -> None:
    project = Project(tmp_path)
    (project.versions / "a1_x.py").write_text(text)
    assert expected in str(failure(project, database.url))


def test_without_a_parent_revision(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path)
    project.revision("b2", "gone", "pass")
    assert "gone" in str(failure(project, database.url)) + failure(project, database.url).private


@pytest.mark.parametrize("deaf", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"])
def test_an_env_that_hangs_is_ended_with_what_it_started(
    tmp_path: Path, database: Database, deaf: str
) -> None:
    program = [sys.executable, "-c", f"import time; time.sleep(60)  # {tmp_path}"]
    env = f"import signal, subprocess, time\n{deaf}subprocess.Popen({program!r})\ntime.sleep(60)"
    began = time.monotonic()
    message = str(failure(Project(tmp_path, env), database.url, timeout=1))
    assert message.startswith("migrations: not finished after 1 s; raise migrations: timeout:")
    assert time.monotonic() - began < 20
    assert not [line for line in command_lines() if str(tmp_path) in line]


def command_lines() -> Iterator[str]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE:
                yield " ".join(process.cmdline())


def test_a_migration_that_hangs_in_a_statement_is_ended(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path)
    project.revision("a1", None, "op.execute('SELECT pg_sleep(60)')")
    assert "not finished after 1 s" in str(failure(project, database.url, timeout=1))


def test_a_flood_of_output_is_cut(tmp_path: Path, database: Database) -> None:
    env = "import sys\nfor n in range(20_000):\n    print(n, 'x' * 1000)\nsys.exit(3)"
    lines = failure(Project(tmp_path, env), database.url).trace
    printed = [line for line in lines if line.startswith("env.py printed")]
    assert 1 <= len(printed) <= 20
    assert max(map(len, printed)) < 600
    assert "19999 xxx" in printed[-1]


def test_forks_and_threads_of_env_do_not_matter(tmp_path: Path, database: Database) -> None:
    env = (
        "import os, threading, time, signal\n"
        "threading.Thread(target=time.sleep, args=[60]).start()\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "if os.fork() == 0:\n    raise SystemExit\n"
    )
    project = Project(tmp_path, env + SYNC).two()
    with run(project.environment, database.url) as migrations:
        migrations.upgrade("a1")
        migrations.upgrade("b2")
        assert migrations.current() == ("b2",)


def test_missing_roles_are_created_on_the_bundled_server(
    tmp_path: Path, database: Database
) -> None:
    project = Project(tmp_path).two()
    roles = [f"{database.name}_{name}" for name in ("a", "b")]
    for name, down, role in (("c3", "b2", roles[0]), ("d4", "c3", roles[1])):
        project.revision(name, down, f"op.execute('GRANT SELECT ON users TO {role}')")
    bundled = ScratchDatabase(url=database.url, is_bundled=True)
    try:
        with run(project.environment, bundled) as migrations:
            migrations.upgrade()
            assert migrations.current() == ("d4",)
    finally:
        database.execute("".join(f"DROP OWNED BY {role}; DROP ROLE {role};" for role in roles))
