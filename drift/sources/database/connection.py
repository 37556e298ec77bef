"""Connects to the live database: any spelling of a URL in, a connection out.

`begin` opens the one read-only transaction in which everything happens.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

import psycopg
from psycopg import conninfo, pq

from drift import database_url
from drift.errors import DatabaseError
from drift.kinds.sql.text import SAFE_PATH
from drift.sources.database import interrupts
from drift.sources.database.server_errors import failure

_SSL = {"true": "require", "false": "disable", "1": "require", "0": "disable"}


_MARGIN = 60.0
"""Seconds for everything but statements: comparison, network, the pooler's waiting."""


class Timeouts(NamedTuple):
    """Time limits in seconds."""

    connect: float = 10
    statement: float = 60
    lock: float = 5

    @property
    def whole(self) -> float:
        """The limit for a whole connection: the catalog, the questions, and a margin."""
        return _MARGIN + 2 * self.statement


class Parameters(dict[str, Any]):
    """Libpq's parameters, whose values test runners and error trackers do not show."""

    def __repr__(self) -> str:
        return f"Parameters({', '.join(self)})"


class Address(NamedTuple):
    """The address of a database: libpq's parameters, and those of the URL that were dropped."""

    parameters: Mapping[str, str]
    dropped: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must appear nowhere, except those by which reports name the database."""
        names = ("password", "sslpassword", "oauth_client_secret")
        values = (self.parameters.get(name) for name in names)
        return tuple(value for value in values if value and value not in self.public)

    @property
    def public(self) -> frozenset[str]:
        """Values by which reports name the database, even if one of them is the password too."""
        names = ("user", "host", "dbname")
        return frozenset(self.parameters[name] for name in names if self.parameters.get(name))


def parse(database: str) -> Address:
    """Read a SQLAlchemy or libpq URL, or a libpq string (`host=… dbname=…`, `service=…`).

    Raises DatabaseError, which never repeats the text, since it may hold a password.
    """
    text = database.strip()
    dropped: tuple[str, ...] = ()
    url = database_url.is_url(text)
    try:
        if url:
            text, dropped = _libpq_url(text)
        parameters = Parameters(conninfo.conninfo_to_dict(text))
    except (psycopg.Error, UnicodeError):
        raise DatabaseError(database_url.UNREADABLE if url else _NO_PAIRS) from None
    texts = Parameters({key: str(value) for key, value in parameters.items()})
    return Address(texts, dropped)


_NO_PAIRS = (
    "the database is not a valid URL or libpq string; write postgresql://HOST:5432/NAME, or "
    "libpq's pairs such as host=HOST dbname=NAME, with a value that holds spaces in quotes"
)


def _libpq_url(text: str) -> tuple[str, tuple[str, ...]]:
    scheme = text.partition("://")[0].lower().split("+")[0]
    if scheme not in {"postgres", "postgresql"}:
        raise DatabaseError(f"the database URL is for {scheme}; drift only supports PostgreSQL")
    parts = database_url.split(text)
    known = _keywords()
    kept: list[tuple[str, str]] = []
    dropped = []
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key == "ssl":
            kept.append(("sslmode", _SSL.get(value.lower(), value)))
        elif key == "options" or key not in known:
            dropped.append(key)
        else:
            kept.append((key, value))
    query = urlencode(_joined_hosts(kept), quote_via=quote)
    return f"postgresql://{parts.before_query}" + (f"?{query}" if query else ""), tuple(dropped)


@cache
def _keywords() -> frozenset[str]:
    """Return libpq's parameters. Asking it for them takes half of the time of reading a URL."""
    return frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())


def _joined_hosts(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Turn SQLAlchemy's `host=a:1&host=b:2` into libpq's `host=a,b` and `port=1,2`."""
    hosts = [value for key, value in pairs if key == "host"]
    rest = [pair for pair in pairs if pair[0] != "host"]
    if not hosts:
        return rest
    if len(hosts) == 1 and (hosts[0].startswith("/") or ":" not in hosts[0]):
        return [("host", hosts[0]), *rest]
    split = [host.rpartition(":") if ":" in host else (host, "", "") for host in hosts]
    ports = [("port", ",".join(port for _, _, port in split))] if any(p for *_, p in split) else []
    return [("host", ",".join(host for host, _, _ in split)), *ports, *rest]


@contextmanager
def connect(address: Address, timeouts: Timeouts) -> Iterator[psycopg.Connection[Any]]:
    """Open a connection that prepares nothing and starts no transaction by itself.

    Raises DatabaseError with the server's reason, also for errors inside the block, and
    if the block does not end in time: the server's own timeouts do not help if it does not answer.
    """
    parameters = Parameters({
        "application_name": "drift",
        **address.parameters,
        "client_encoding": "UTF8",
        "connect_timeout": max(1, round(timeouts.connect)),
    })  # fmt: skip
    is_cut = threading.Event()
    interrupt = interrupts.current()
    interrupt.require_running()
    try:
        connection = psycopg.connect(**parameters, autocommit=True, prepare_threshold=None)
        # psycopg's own `with` would send ROLLBACK and wait for the running statement
        with (
            contextlib.closing(connection),
            _cut_after(timeouts.whole, connection, is_cut) as cut,
            interrupt.ending(lambda: _cancel_and_cut(connection, cut)),
        ):
            try:
                yield connection
            except Exception:
                raise
            except BaseException:  # a signal: the result of the statement is not needed any more
                with contextlib.suppress(psycopg.Error):
                    _cancel(connection)
                raise
    except (psycopg.Error, UnicodeError) as error:
        if is_cut.is_set():
            raise DatabaseError(
                "connected, but the server or a proxy stopped responding "
                f"(gave up after {timeouts.whole:.0f} s)"
            ) from None
        raise failure(error, address.secrets) from None


def _cancel_and_cut(connection: psycopg.Connection[Any], cut: Callable[[], None]) -> None:
    """End the statement on the server, and every use of the connection by another thread."""
    with contextlib.suppress(psycopg.Error):
        _cancel(connection)
    cut()


def _cancel(connection: psycopg.Connection[Any]) -> None:
    """End the running statement on the server; psycopg before 3.2 can only wait for it."""
    if hasattr(connection, "cancel_safe"):
        connection.cancel_safe(timeout=1)
    else:
        connection.cancel()


@contextmanager
def _cut_after(
    seconds: float, connection: psycopg.Connection[Any], is_cut: threading.Event
) -> Iterator[Callable[[], None]]:
    """Cut the connection after so many seconds, so that code that waits for it goes on.

    Yields a function that cuts it at once.

    The socket is a copy of libpq's: its number stays ours even if libpq closes its own meanwhile.
    """
    with socket.socket(fileno=socket.dup(connection.fileno())) as wire:

        def cut() -> None:
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

        def time_out() -> None:
            is_cut.set()
            cut()

        timer = threading.Timer(seconds, time_out)
        timer.daemon = True
        timer.start()
        try:
            yield cut
        finally:
            timer.cancel()


_LEVEL = """SET LOCAL transaction_isolation = 'read committed';
SET LOCAL transaction_deferrable = off;
"""
"""Independent of the role's defaults. Under another level, the second look at the catalog would see
the snapshot of the first one; a deferrable serializable transaction waits for all others."""


def begin(timeouts: Timeouts, server_version: int, *, unencoded: bool = False) -> str:
    """Return the statements that open the transaction: read-only, bounded, local to it.

    From a server that knows no encoding (SQL_ASCII), bytes are taken as they are: asked for UTF-8,
    it would refuse to send bytes that are not.
    """
    return f"BEGIN READ ONLY;\n{settings(timeouts, server_version, unencoded=unencoded)}{_LEVEL}"


_PLANNED = """SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL seq_page_cost = 1;
SET LOCAL random_page_cost = 1;"""
"""Settings for the planner. The catalog is in memory, where no page costs more than the one before:
with a server's usual 4, small catalogs are read as a whole for each row that is looked up."""

_PRINTED = """SET LOCAL TimeZone = DEFAULT;
SET LOCAL DateStyle = DEFAULT;
SET LOCAL DateStyle = 'ISO';
SET LOCAL IntervalStyle = postgres;
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = hex;
SET LOCAL array_nulls = on;
SET LOCAL xmloption = content;
SET LOCAL transform_null_equals = off;"""
"""Settings for printing and reading values: a pooled session may have those of another client. The
order of day and month stays the role's."""


def settings(
    timeouts: Timeouts, server_version: int, *, unencoded: bool = False, bounded: bool = True
) -> str:
    """Return the settings under which every statement of ours runs, local to the transaction.

    A transaction that is not our own is not `bounded` as a whole.
    """
    return f"""{SAFE_PATH};
SET LOCAL statement_timeout = {round(timeouts.statement * 1000)};
SET LOCAL lock_timeout = {round(timeouts.lock * 1000)};
{_bounds(timeouts, server_version) if bounded else ""}
{_PLANNED}
SET LOCAL quote_all_identifiers = off;
SET LOCAL standard_conforming_strings = on;
{_PRINTED}
{"SET LOCAL client_encoding = 'SQL_ASCII';" if unencoded else ""}
"""


def _bounds(timeouts: Timeouts, server_version: int) -> str:
    whole = round(timeouts.whole * 1000)
    names = ["idle_in_transaction_session_timeout"]
    names += ["transaction_timeout"] if server_version >= 170000 else []
    return "\n".join(f"SET LOCAL {name} = {whole};" for name in names)
