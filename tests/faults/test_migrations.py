"""Migrations that fail in every way, and that would reach another server than the scratch one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from drift.config import Migrations
from drift.errors import MigrationsError
from drift.scratch import ScratchDatabase
from drift.sources.migrations.runner import run
from tests.faults import wires
from tests.scratch.test_server import psutil
from tests.servers import Database
from tests.sources.migrations.run_projects import ASYNC, SYNC, USERS, Project, driver

LIVE = "postgresql+psycopg://shop:Sup3rS3cretWord@db.prod.example.com:6432/shop"
FAILING = f"\nraise RuntimeError('token=Abcdefgh12345 ' + '{LIVE}')"
ADVICE = (
    "env.py connects to {}, which is not the scratch server; name the environment variable that "
    "it takes the URL from in migrations: variables:"
)


def failure(
    project: Project, url: str | ScratchDatabase, revision: str = "heads", timeout: float = 60
) -> MigrationsError:
    """Run migrations that must fail; return their error, which has one line and no secret."""
    variables = os.environ | {"DATABASE_URL": LIVE}
    settings = Migrations(timeout=timeout)
    with (
        pytest.raises(MigrationsError) as raised,
        run(project.environment, url, settings=settings, variables=variables) as migrations,
    ):
        migrations.upgrade(revision)
    everything = "\n".join([str(raised.value), raised.value.private, *raised.value.trace])
    assert "\n" not in str(raised.value)
    assert "Sup3rS3cretWord" not in everything
    return raised.value


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (f"import os{FAILING}", "alembic/env.py:2: RuntimeError (its message may hold secrets"),
        ("import sys; sys.exit(0)", "alembic/env.py:1: env.py ended the process with exit code 0"),
        ("import os; os._exit(0)", "ended the process (exit code 0); remove that call"),
        ("import os; os.kill(os.getpid(), 9)", "the process was killed by SIGKILL"),
        ("import os, time; os.closerange(3, 200); time.sleep(60)", "closed file descriptors"),
        ("def f(:", "alembic/env.py:1: SyntaxError"),
        ("import shop.settings", "alembic/env.py:1: ModuleNotFoundError: "),
        ("print('nothing')", "env.py ran no migration"),
        (SYNC.replace("context.begin_transaction()", "connection.begin()"), "did not commit them"),
        (SYNC + FAILING, "alembic/env.py:12: RuntimeError"),
    ],
)  # fmt: skip
def test_a_failing_env_is_an_error_that_names_its_line(
    tmp_path: Path, database: Database, env: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if "did not commit" in expected:
        env = SYNC.replace("run_migrations()", "run_migrations()\n        connection.rollback()")
    assert expected in str(failure(Project(tmp_path, env).two(), database.url))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("op.execute('SELEC 1')", 'SyntaxError: syntax error at or near "SELEC"'),
        ("op.drop_table('never')", 'UndefinedTable: table "never" does not exist'),
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


class Listener:
    """A server that counts the connections that it accepts."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.accepted = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.accepted += 1
                connection.close()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    try:
        yield made
    finally:
        time.sleep(0.05)
        assert made.accepted == 0
        made.close()


ENGINE = 'os.environ["DATABASE_URL"]'
WAYS = {
    "sqlalchemy": SYNC.replace(ENGINE, '"postgresql+psycopg://u:p@127.0.0.1:{port}/x"'),
    "psycopg2": SYNC.replace(ENGINE, '"postgresql+psycopg2://u:p@127.0.0.1:{port}/x"'),
    "asyncpg": ASYNC.replace("{url}", '"postgresql+asyncpg://u:p@127.0.0.1:{port}/x"'),
    "async": ASYNC.replace("{url}", '"postgresql+psycopg://u:p@127.0.0.1:{port}/x"'),
    "conninfo": 'import psycopg; psycopg.connect("host=127.0.0.1 port={port} user=u")',
    "class": 'import psycopg; psycopg.Connection.connect(host="127.0.0.1", port={port})',
    "hostaddr": 'import psycopg; psycopg.connect(hostaddr="127.0.0.1", port={port})',
    "dsn of psycopg2": 'import psycopg2; psycopg2.connect("host=127.0.0.1 port={port}")',
    "dsn of asyncpg": (
        'import asyncio, asyncpg; asyncio.run(asyncpg.connect("postgresql://127.0.0.1:{port}/x"))'
    ),
    "socket": 'import socket; socket.create_connection(("127.0.0.1", {port}))',
    "variables": (
        'import os, psycopg; os.environ |= {{"PGHOST": "127.0.0.1", "PGPORT": "{port}"}}\n'
        "psycopg.connect()"
    ),
}


def written(way: str, port: int) -> str:
    """Return env.py that connects to a port of this machine."""
    name = "psycopg2" if "psycopg2" in way else "asyncpg" if "asyncpg" in way else "psycopg"
    pytest.importorskip(name)
    return WAYS[way].replace("{port}", str(port)).replace("{{", "{").replace("}}", "}")


@pytest.mark.parametrize("way", ["sqlalchemy", "socket"])
def test_no_other_server_is_reached(
    tmp_path: Path, database: Database, listener: Listener, way: str
) -> None:
    project = Project(tmp_path, written(way, listener.port)).two()
    message = str(failure(project, database.url))
    assert ADVICE.format(f"127.0.0.1:{listener.port}") in message


@pytest.fixture
def over_tcp(database: Database, dsn: str) -> Iterator[str]:
    """The URL of the database by TCP: the process that runs migrations keeps its network."""
    if not dsn.startswith("postgresql://postgres@/"):
        pytest.skip("the server of these tests has no Unix socket")
    url = dsn.replace("/postgres?", f"/{database.name}?")
    with wires.wire(url, lambda client, server, _: wires.through(client, server)) as wire:
        yield wire.url


@pytest.mark.parametrize("way", WAYS)
def test_no_other_server_is_reached_by_a_process_with_a_network(
    tmp_path: Path, over_tcp: str, listener: Listener, way: str
) -> None:
    project = Project(tmp_path, written(way, listener.port)).two()
    message = str(failure(project, over_tcp))
    assert ADVICE.format(f"127.0.0.1:{listener.port}") in message


@pytest.mark.parametrize(
    "env",
    [SYNC, pytest.param(ASYNC.replace("{url}", ENGINE), marks=driver("asyncpg"))],
    ids=["psycopg", "asyncpg"],
)
def test_a_scratch_server_is_reached_over_tcp(tmp_path: Path, over_tcp: str, env: str) -> None:
    scheme = "postgresql+asyncpg" if "async" in env else "postgresql+psycopg"
    variables = os.environ | {"DATABASE_URL": f"{scheme}://u:p@h/x"}
    with run(Project(tmp_path, env).two().environment, over_tcp, variables=variables) as migrations:
        assert not migrations.isolated
        migrations.upgrade()
        assert migrations.current() == ("b2",)


def test_a_refusal_that_env_catches_is_named_all_the_same(
    tmp_path: Path, database: Database, listener: Listener
) -> None:
    env = f"import psycopg\ntry:\n    psycopg.connect(host='127.0.0.1', port={listener.port})\n"
    message = str(failure(Project(tmp_path, env + "except Exception:\n    pass\n"), database.url))
    assert "env.py ran no migration" in message
    assert ADVICE.format(f"127.0.0.1:{listener.port}") in message


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///{tmp}/x.db"])
def test_no_other_kind_of_database_is_used(tmp_path: Path, database: Database, url: str) -> None:
    made = tmp_path / "x.db"
    env = SYNC.replace(ENGINE, repr(url.format(tmp=tmp_path)))
    message = str(failure(Project(tmp_path, env), database.url))
    assert "env.py connects to a database of sqlite" in message
    assert not made.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has namespaces")
def test_programs_that_a_migration_starts_have_no_network(
    tmp_path: Path, database: Database, listener: Listener
) -> None:
    code = f"import socket; socket.create_connection(('127.0.0.1', {listener.port}), 5)"
    project = Project(tmp_path)
    project.revision("a1", None, f"subprocess.run([sys.executable, '-c', {code!r}], check=True)",
                     head="import subprocess, sys")  # fmt: skip
    error = failure(project, database.url)
    assert "revision a1" in str(error)
    assert "CalledProcessError" in str(error)
    assert "Network is unreachable" in "\n".join(error.trace)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs another account")
def test_an_ordinary_user_has_no_network_either(temp: Path) -> None:
    code = (
        f"import sys, os, socket; sys.path[:0] = {sys.path!r}\n"
        "from drift.sources.migrations import network\n"
        "print(network.leave(), os.getuid())\n"
        "socket.create_connection(('127.0.0.1', 1))"
    )
    try:
        ended = subprocess.run(
            [sys.executable, "-c", code], user="nobody", cwd=temp, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
    except PermissionError:
        pytest.skip("an ordinary user cannot run this Python")
    if "No module named" in ended.stderr or ended.stdout.startswith("False"):
        pytest.skip("an ordinary user cannot make a namespace here")
    import pwd

    assert ended.stdout.split() == ["True", str(pwd.getpwnam("nobody").pw_uid)]
    assert "Network is unreachable" in ended.stderr


def test_it_ends_with_its_parent(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, f"import time\ntime.sleep(60)  # {USERS}")
    script = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "from pathlib import Path\nfrom drift.config import Migrations\n"
        "from drift.sources.migrations.discovery import find\n"
        "from drift.sources.migrations.runner import run\n"
        f"with run(find([Path({str(project.root)!r})], Migrations()), {database.url!r}) as m:\n"
        "    print(m._process._process.pid, flush=True)\n    m.upgrade()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    child.wait(timeout=20)
