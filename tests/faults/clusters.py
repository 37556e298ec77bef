"""Servers of other kinds than the tests' own: with TLS, standing by, behind a pooler."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from drift import scratch
from drift.errors import DatabaseError
from drift.scratch.server import _identity
from tests.programs import free_port, lacking


def system_programs() -> Path:
    """Return the programs of a PostgreSQL that the system has installed; it can do TLS."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        lacking("a PostgreSQL of the system, which can do TLS")
    return found[-1].parent


@contextmanager
def standby(primary: scratch.Server, *options: str) -> Iterator[str]:
    """Run a hot standby of a server, and yield its URL."""
    data, port = str(primary.home / "standby"), "5433"
    # programs of a scratch server have a PGHOSTADDR that leads nowhere, and so would the standby
    source = f"host='{primary.home}' hostaddr='' port=5432 user=postgres"
    copy = ("-h", str(primary.home), "-U", "postgres", "-D", data, "-R", "-X", "stream")
    subprocess.run(
        [primary._programs / "pg_basebackup", *copy, "-c", "fast"],
        env={"LC_ALL": "C"}, cwd=primary.home, check=True, **primary._identity,
    )  # fmt: skip
    words = shlex.join(
        [
            f"--port={port}",
            "--listen_addresses=",
            f"--unix_socket_directories={primary.home}",
            "--fsync=off",
            f"--primary_conninfo={source}",
            *options,
        ]
    )
    log = str(primary.home / "standby.log")
    primary._run("pg_ctl", "start", "-D", data, "-l", log, "-o", words, "-t", "30")
    try:
        yield primary.url().replace("port=5432", f"port={port}")
    finally:
        with suppress(DatabaseError):
            primary._run("pg_ctl", "stop", "-D", data, "-m", "immediate")
        shutil.rmtree(data)


@contextmanager
def with_tls(folder: Path) -> Iterator[tuple[str, Path]]:
    """Run a server that takes TLS only; yield its URL and the authority's certificate."""
    programs = system_programs()
    authority = _certificates(folder)
    with scratch.start_server() as made:
        home = made.home
        made._run("pg_ctl", "stop", "-D", str(home / "data"), "-m", "immediate")
        shutil.rmtree(home / "data")
        made._programs = programs
        made._run("initdb", "-D", str(home / "data"), "-U", "postgres", "-A", "trust", "--no-sync")
        for name in ("server.crt", "server.key"):
            shutil.copy(folder / name, home / name)
            if made._identity:
                os.chown(home / name, made._identity["user"], made._identity["group"])
            (home / name).chmod(0o600)
        (home / "data" / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 trust\n")
        port = free_port()
        settings = {
            "port": str(port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(home),
            "ssl": "on",
            "ssl_cert_file": str(home / "server.crt"),
            "ssl_key_file": str(home / "server.key"),
            "fsync": "off",
        }
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        log = str(home / "log")
        made._run("pg_ctl", "start", "-D", str(home / "data"), "-l", log, "-o", options)
        yield f"postgresql://postgres@localhost:{port}/postgres?hostaddr=127.0.0.1", authority


def _certificates(folder: Path) -> Path:
    """Make an authority and a certificate of it for `localhost`; return the authority's."""
    if not shutil.which("openssl"):
        lacking("openssl, which makes certificates")

    def openssl(*words: str) -> None:
        command = ["openssl", *words]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)

    new = (
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "9",
    )
    openssl(
        *new,
        "-x509",
        "-subj",
        f"/CN=Authority {folder.name}",
        "-keyout",
        "ca.key",
        "-out",
        "ca.crt",
    )
    openssl(*new, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    signing = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "9")
    openssl("x509", "-req", "-in", "server.csr", *signing, "-out", "server.crt")
    return folder / "ca.crt"


@contextmanager
def pooled(url: str, folder: Path) -> Iterator[str]:
    """Run PgBouncer in transaction mode before a server, with one connection to share."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        lacking("PgBouncer")
    parts = psycopg.conninfo.conninfo_to_dict(url)
    port = free_port()
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={parts['host']} port={parts.get('port', 5432)} user=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        "auth_type = any\npool_mode = transaction\ndefault_pool_size = 1\n"
        f"logfile = {folder / 'log'}\n"
    )
    identity = _identity()
    if identity:
        for path in (folder, folder / "pgbouncer.ini"):
            os.chown(path, identity["user"], identity["group"])
    process = subprocess.Popen(
        [program, str(folder / "pgbouncer.ini")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **identity,
    )
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/{parts.get('dbname', 'postgres')}"
    finally:
        process.terminate()
        process.wait(20)
