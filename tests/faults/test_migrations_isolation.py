"""Migrations that would reach another server than the scratch one."""

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

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from drift.scratch import Scratch
from drift.sources.migrations.guard import Guard
from drift.sources.migrations.runner import run
from tests.faults import wires
from tests.faults.failed_migrations import failure
from tests.servers import Database
from tests.sources.migrations.run_projects import ASYNC, SYNC, Project, driver
from tests.versions import DIALECT, HAS_PSYCOPG

ADVICE = (
    "env.py connects to {}, which is not the scratch server; name the environment variable that "
    "it takes the URL from in migrations: variables:"
)


class Listener:
    """A server that counts the connections that it accepts."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._listener = socket.create_server((host, 0))
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
    "sqlalchemy": SYNC.replace(ENGINE, f'"{DIALECT}://u:p@127.0.0.1:{{port}}/x"'),
    "psycopg2": SYNC.replace(ENGINE, '"postgresql+psycopg2://u:p@127.0.0.1:{port}/x"'),
    "pg8000": SYNC.replace(ENGINE, '"postgresql+pg8000://u:p@127.0.0.1:{port}/x"'),
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
    for name in ("psycopg2", "asyncpg", "pg8000"):
        if name in way:
            pytest.importorskip(name)
    if way == "async" and not HAS_PSYCOPG:
        pytest.skip("SQLAlchemy 1.4 does not know psycopg 3")
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


UNGUARDED = {
    "libpq itself": 'from psycopg import pq; pq.PGconn.connect(b"{}")',
    "a program": (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import psycopg; psycopg.connect(\"{}\")'])"
    ),
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has more local addresses")
@pytest.mark.parametrize("way", UNGUARDED)
def test_libpq_reaches_no_other_host(tmp_path: Path, over_tcp: str, way: str) -> None:
    listener = Listener("127.0.0.2")
    conninfo = f"host=127.0.0.2 port={listener.port} connect_timeout=2"
    project = Project(tmp_path, UNGUARDED[way].replace("{}", conninfo) + SYNC).two()
    with run(project.environment, over_tcp) as migrations:
        assert not migrations.isolated
        migrations.upgrade()
    assert listener.accepted == 0
    listener.close()


def test_libpq_reaches_no_other_socket(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network namespace; connections of the guard name no address."""
    monkeypatch.setenv("PGHOSTADDR", "")  # so that it is taken back
    Guard({"host": "/scratch"}, print).redirect_libpq()
    refused = psycopg.pq.PGconn.connect(database.url.encode())
    assert b"could not parse network address" in refused.error_message
    psycopg.connect(database.url, hostaddr="").close()


@pytest.mark.parametrize(
    "env",
    [SYNC, pytest.param(ASYNC.replace("{url}", ENGINE), marks=driver("asyncpg"))],
    ids=["psycopg", "asyncpg"],
)
def test_a_scratch_server_is_reached_over_tcp(tmp_path: Path, over_tcp: str, env: str) -> None:
    scheme = "postgresql+asyncpg" if "async" in env else DIALECT
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


INSIDE = {
    "dblink": (
        "CREATE EXTENSION dblink",
        "SELECT dblink_exec('host={host} port={port} user=u dbname=x', 'SELECT 1')",
    ),
    "postgres_fdw": (
        "CREATE EXTENSION postgres_fdw",
        "CREATE SERVER live FOREIGN DATA WRAPPER postgres_fdw "
        "OPTIONS (host '{host}', port '{port}')",
        "CREATE USER MAPPING FOR current_user SERVER live OPTIONS (user 'u', password 'p')",
        "IMPORT FOREIGN SCHEMA public FROM SERVER live INTO public",
    ),
    "a subscription": (
        "CREATE SUBSCRIPTION s CONNECTION 'host={host} port={port} dbname=x' PUBLICATION p",
    ),
}


@pytest.fixture(scope="module")
def scratch_server() -> Iterator[Scratch]:
    with Scratch() as made:
        yield made


@pytest.mark.parametrize("host", ["127.0.0.1", "{socket}"])
@pytest.mark.parametrize("name", INSIDE)
def test_the_scratch_server_reaches_no_other_server(  # noqa: PLR0917
    tmp_path: Path, scratch_server: Scratch, listener: Listener, dsn: str, name: str, host: str
) -> None:
    """Neither by a network nor by a Unix socket, such as that of a live server on this machine."""
    folder = conninfo_to_dict(dsn).get("host", "")
    address = {"host": host.format(socket=folder), "port": listener.port if "." in host else 5432}
    *before, last = (text.format(**address) for text in INSIDE[name])
    project = Project(tmp_path)
    project.revision("a1", None, f"[op.execute(text) for text in {before!r}]")
    block = f"with op.get_context().autocommit_block(): op.execute({last!r})"
    project.revision("b2", "a1", block)
    with scratch_server.database() as database:
        message = str(failure(project, database))
    assert "drift lets the scratch server connect to no other server" in message
