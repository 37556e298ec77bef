"""Lets migrations connect to the scratch database only, with any URL.

Guards against accidents, inside the process that runs them: the drivers, SQLAlchemy, and Python's
sockets. On Linux, the process has no network besides (see `network.py`).
"""

from __future__ import annotations

import functools
import os
import socket
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from drift.sources.migrations.redirection import HOST

_ADDRESS = frozenset(
    "host hostaddr port dbname database user password passfile service servicefile channel_binding "
    "target_session_attrs load_balance_hosts require_auth requirepeer krbsrvname unix_sock dsn "
    "direct_tls".split()
)
"""Parameters of connections that name a server, or say how to reach it; so do those of TLS."""


class RefusedError(ConnectionError):
    """A connection to something else than the scratch database."""


class Guard:
    """Redirects connections to the scratch database's URL, and refuses all others."""

    def __init__(self, parameters: Mapping[str, str], report: Callable[[str], None]) -> None:
        """Take libpq's parameters of the database, and the function for refused addresses."""
        self._parameters = dict(parameters)
        self._report = report
        self._host = parameters.get("hostaddr") or parameters.get("host", "")
        self._port = int(parameters.get("port") or 5432)
        self._addresses = {self._host} if self._host.startswith("/") else _resolved(self._host)

    def install(self) -> None:
        """Install all guards."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        self._guard_psycopg()
        for name, install in (("psycopg2", self._guard_psycopg2), ("asyncpg", self._guard_asyncpg)):
            if find_spec(name):
                install(import_module(name))
        event.listen(Engine, "do_connect", self._check_engine)
        sys.addaudithook(self._audit)

    def redirect_libpq(self) -> None:
        """Let libpq reach no other server, even if other programs call it, such as psql.

        libpq takes this variable for the address of any host. A Unix socket has none, so that only
        guarded connections, which overrule the variable, reach that.
        """
        addresses = sorted(self._addresses - {self._host}) or [self._host]
        os.environ["PGHOSTADDR"] = HOST if self._host.startswith("/") else addresses[0]

    def _guard_psycopg(self) -> None:
        psycopg: Any = import_module("psycopg")
        for owner in (psycopg.Connection, psycopg.AsyncConnection):
            original: Any = vars(owner)["connect"].__func__
            guarded = functools.partial(self._connect_psycopg, original)
            owner.connect = classmethod(_method(guarded, original))
        psycopg.connect = psycopg.Connection.connect

    def _connect_psycopg(
        self, original: Callable[..., Any], owner: Any, conninfo: str = "", **options: Any
    ) -> Any:
        from psycopg.conninfo import conninfo_to_dict

        given = {**conninfo_to_dict(conninfo), **options}
        self._check(given.get("hostaddr") or given.get("host"), given.get("port"))
        return original(owner, "", **{**_kept(given), "hostaddr": "", **self._parameters})

    def _guard_psycopg2(self, module: Any) -> None:
        original = module.connect

        def connect(
            dsn: str | None = None,
            connection_factory: Any = None,
            cursor_factory: Any = None,
            **options: Any,
        ) -> Any:
            given = {**(module.extensions.parse_dsn(dsn) if dsn else {}), **options}
            self._check(given.get("hostaddr") or given.get("host"), given.get("port"))
            options = {**_kept(given), "hostaddr": "", **self._parameters}
            return original(None, connection_factory, cursor_factory, **options)

        module.connect = _method(connect, original)

    def _guard_asyncpg(self, module: Any) -> None:
        original = module.connection.connect

        def connect(dsn: str | None = None, **options: Any) -> Any:
            parts = urlsplit(dsn or "")
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            port = options.get("port") or query.get("port") or _port(parts.netloc)
            host = options.get("host") or query.get("host") or unquote(parts.hostname or "")
            self._check(host, port)
            return original(self._asyncpg_url(), **_kept(options))

        module.connect = module.connection.connect = _method(connect, original)

    def _asyncpg_url(self) -> str:
        names = ("host", "port", "user", "password", "sslmode", "sslrootcert", "sslcert", "sslkey")
        query = {key: self._parameters[key] for key in names if key in self._parameters}
        name = quote(self._parameters.get("dbname", ""), safe="")
        return f"postgresql:///{name}?{urlencode(query, quote_via=quote)}"

    def _check_engine(self, dialect: Any, _record: Any, _args: Any, options: Any) -> None:
        """Refuse engines of other databases; redirect the driver that has no guard of its own."""
        if dialect.name != "postgresql":
            self._refuse(f"a database of {dialect.name}")
        if dialect.driver in {"psycopg", "psycopg_async", "psycopg2", "asyncpg"}:
            return
        if dialect.driver != "pg8000":
            self._refuse(f"a database by the driver {dialect.driver}, which drift does not know")
        self._check(options.get("host") or options.get("unix_sock"), options.get("port"))
        for name in ("host", "unix_sock", "port", "ssl_context"):
            options.pop(name, None)
        if self._host.startswith("/"):
            options["unix_sock"] = f"{self._host}/.s.PGSQL.{self._port}"
        else:
            options |= {"host": self._host, "port": self._port}
        options["user"] = self._parameters.get("user")
        options["password"] = self._parameters.get("password")
        options["database"] = self._parameters.get("dbname")

    def _check(self, host: Any, port: Any) -> None:
        """Refuse an address that is not the scratch server's; None stands for libpq's variables."""
        if not host:
            host, port = os.environ.get("PGHOST", ""), port or os.environ.get("PGPORT")
        host = str(host).strip("[]")
        known = {HOST, self._host, self._parameters.get("host")}
        if host == HOST or (host in known and int(port or self._port) == self._port):
            return
        self._refuse(f"{host}:{port}" if port and ":" not in host else host)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse the sockets of drivers and clients that are written in Python."""
        if event != "socket.connect":
            return
        address = arguments[1]
        if isinstance(address, tuple):
            if address[0] not in self._addresses or address[1] != self._port:
                self._refuse(f"{address[0]}:{address[1]}")
        elif address[:1] not in {"", b"", "\0", b"\0"}:
            folder, name = os.path.split(os.fsdecode(address))
            if name.startswith(".s.PGSQL.") and folder != self._host:
                self._refuse(folder)

    def _refuse(self, address: str) -> None:
        self._report(address)
        raise RefusedError(refusal(address))


def refusal(address: str) -> str:
    """Return the message for a refused address."""
    return (
        f"env.py connects to {address}, which is not the scratch server; name the environment "
        "variable that it takes the URL from in migrations: variables:"
    )


def _kept(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that do not name a server."""
    return {
        name: value
        for name, value in options.items()
        if name not in _ADDRESS and not name.startswith(("ssl", "gss"))
    }


def _method(function: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a plain function, which looks like the original one, from any callable."""

    @functools.wraps(original)
    def guarded(*arguments: Any, **options: Any) -> Any:
        return function(*arguments, **options)

    return guarded


def _port(authority: str) -> str:
    return authority.rpartition("@")[2].partition(":")[2]


def _resolved(host: str) -> set[str]:
    try:
        infos = socket.getaddrinfo(host, None)
    except OSError:
        return {host}
    return {host, *(str(info[4][0]) for info in infos)}
