"""How the live database is reached: any spelling of a URL, one read-only transaction."""

from __future__ import annotations

import contextlib
import math
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

import psycopg
from psycopg import conninfo, pq

from drift import database_url
from drift.errors import DatabaseError
from drift.kinds.sql_text import SAFE_PATH
from drift.redaction import redact
from drift.sources.retrying import REFUSED

_SSL = {"true": "require", "false": "disable", "1": "require", "0": "disable"}


class Timeouts(NamedTuple):
    """How long to wait, in seconds."""

    connect: float = 10
    statement: float = 60
    lock: float = 5


class Address(NamedTuple):
    """Where a database is: libpq's parameters, and the URL's parameters that were dropped."""

    parameters: Mapping[str, str]
    dropped: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must appear nowhere, except those by which reports name the database."""
        names = ("password", "sslpassword", "oauth_client_secret")
        found = (self.parameters.get(name) for name in names)
        return tuple(value for value in found if value and value not in self.public)

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
        parameters = conninfo.conninfo_to_dict(text)
    except (psycopg.Error, UnicodeError):
        raise DatabaseError(database_url.UNREADABLE if url else _NO_PAIRS) from None
    return Address({key: str(value) for key, value in parameters.items()}, dropped)


_NO_PAIRS = (
    "the database cannot be read: write postgresql://HOST:5432/NAME, or libpq's pairs such as "
    "host=HOST dbname=NAME, with a value that holds spaces in quotes"
)


def _libpq_url(text: str) -> tuple[str, tuple[str, ...]]:
    scheme = text.partition("://")[0].lower().split("+")[0]
    if scheme not in {"postgres", "postgresql"}:
        raise DatabaseError(f"the database URL is for {scheme}; drift compares PostgreSQL only")
    parts = database_url.split(text)
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
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

    Raises DatabaseError with the server's reason, also for what goes wrong inside the block, and
    where the block does not end in time: no server's own time limit helps where none answers.
    """
    parameters: dict[str, Any] = {
        "application_name": "drift",
        **address.parameters,
        "client_encoding": "UTF8",
        "connect_timeout": max(1, round(timeouts.connect)),
    }
    seconds = longest(timeouts)
    silent = threading.Event()
    try:
        connection = psycopg.connect(**parameters, autocommit=True, prepare_threshold=None)
        # its own `with` would roll back what still runs
        with contextlib.closing(connection), _given_up(connection, seconds, silent):
            try:
                yield connection
            except Exception:
                raise
            except BaseException:  # a signal: the server need not finish for nobody
                with contextlib.suppress(psycopg.Error):
                    _cancel(connection)
                raise
    except (psycopg.Error, UnicodeError) as error:
        if silent.is_set():
            words = "the connection was made, and then the server, or what stands before it"
            raise DatabaseError(f"{words}, fell silent (given up after {seconds:.0f} s)") from None
        raise _failure(error, address) from None


def _cancel(connection: psycopg.Connection[Any]) -> None:
    """End what the server still works on; psycopg before 3.2 can only wait for it."""
    if hasattr(connection, "cancel_safe"):
        connection.cancel_safe(timeout=1)
    else:
        connection.cancel()


_MARGIN = 60.0
"""Seconds for what is no statement: the comparison, the network, a pooler's own waiting."""


def longest(timeouts: Timeouts) -> float:
    """Return the seconds that a connection is used at most.

    That is the statement timeout for the catalog, again for all questions, and a margin.
    """
    return _MARGIN + 2 * timeouts.statement


@contextmanager
def _given_up(
    connection: psycopg.Connection[Any], seconds: float, silent: threading.Event
) -> Iterator[None]:
    """Cut the connection after so many seconds, so that whoever waits for it goes on."""
    with socket.socket(fileno=socket.dup(connection.fileno())) as wire:  # never another's

        def give_up() -> None:
            silent.set()
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


_LEVEL = """SET LOCAL transaction_isolation = 'read committed';
SET LOCAL transaction_deferrable = off;
"""
"""Whatever the role's defaults are. Under another level, the second look at the catalog would see
what the first one saw; a deferrable serializable transaction waits for all others."""


def begin(timeouts: Timeouts, server_version: int, *, unencoded: bool = False) -> str:
    """Return the statements that open the transaction: read-only, bounded, local to it.

    From a server that knows no encoding (SQL_ASCII), bytes are taken as they are: asked for UTF-8,
    it would refuse to send what is none.
    """
    return f"BEGIN READ ONLY;\n{settings(timeouts, server_version, unencoded=unencoded)}{_LEVEL}"


_PRINTED = """SET LOCAL TimeZone = DEFAULT;
SET LOCAL DateStyle = DEFAULT;
SET LOCAL DateStyle = 'ISO';
SET LOCAL IntervalStyle = postgres;
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = hex;
SET LOCAL array_nulls = on;
SET LOCAL xmloption = content;
SET LOCAL transform_null_equals = off;"""
"""How values are printed and read: a pooled session may have settings of another client. The order
of day and month stays the role's."""


def settings(timeouts: Timeouts, server_version: int, *, unencoded: bool = False) -> str:
    """Return the settings under which every statement of ours runs, local to the transaction."""
    whole = round(longest(timeouts) * 1000)
    return f"""{SAFE_PATH};
SET LOCAL statement_timeout = {round(timeouts.statement * 1000)};
SET LOCAL lock_timeout = {round(timeouts.lock * 1000)};
SET LOCAL idle_in_transaction_session_timeout = {whole};
{f"SET LOCAL transaction_timeout = {whole};" if server_version >= 170000 else ""}
SET LOCAL jit = off;
SET LOCAL quote_all_identifiers = off;
SET LOCAL standard_conforming_strings = on;
{_PRINTED}
{"SET LOCAL client_encoding = 'SQL_ASCII';" if unencoded else ""}
"""


_HINTS = (
    ("password authentication failed", "check the user and the password of the URL"),
    ("no password supplied", "add the password to the URL, or set PGPASSWORD"),
    ("does not have CONNECT", "GRANT CONNECT ON DATABASE to the role"),
    (r'database "[^"]*" does not exist', "check the name of the database"),
    (r'role "[^"]*" does not exist', "check the user of the URL"),
    ("Connection refused|No such file", "check host and port, and that the server is running"),
    ("resolve host|not known", "check the name of the host"),
    ("no pg_hba.conf entry", "let the server's pg_hba.conf accept this client, or use TLS"),
)
"""What to do about a connection that is refused, by libpq's words: it passes on no state."""
_ADVICE = {
    "57014": "the statement timeout was reached; raise statement_timeout",
    "55P03": "another session holds a lock that is in the way; try again later",
    "28P01": "the password is wrong",
}


_PASSING = re.compile(r"08|57P0[123]|53300|55P03|XX000|40001|25P0[234]")
"""The states, or their beginnings, of what may work the next time.

Connections that broke, a server that starts, stops or crashed, one that is full; the internal
errors of a catalog that changes while it is read; and a table that was locked just then, which is
known as locked, and not waited for, the next time.
"""
_CHANGED = re.compile("could not open relation|cache lookup failed|does not exist")
_VANISHED = re.compile("with OID [0-9]+ does not exist|invalid internal value for enum")
_CUT = re.compile(
    "server closed the connection|connection (?:was )?(?:lost|reset|closed)|timeout expired"
    "|terminating connection|EOF detected|Broken pipe|consuming input failed"
)
_REFUSED = re.compile("Connection refused|No such file or directory")
_BUSY = re.compile(
    "starting up|shutting down|not yet accepting|in recovery mode|too many|slots are reserved"
    "|conflict with recovery"
)
"""What libpq passes on of a server that takes no connection; it tells no state with it."""


def is_vanished(error: Exception) -> bool:
    """Tell that something was dropped while a statement of ours printed it.

    Our statements name nothing of the users': only a number can be unknown to the server.
    """
    text, state = str(error), getattr(error, "sqlstate", None)
    return bool(state) and bool((_CHANGED if state == "XX000" else _VANISHED).search(text))


def _failure(error: Exception, address: Address) -> DatabaseError:
    """Return the error with the server's reason, and whether trying again could help."""
    text, state = str(error), getattr(error, "sqlstate", None) or ""
    refused = not state and bool(_REFUSED.search(text))
    passing = refused or (not state and bool(_CUT.search(text)))
    if state and _PASSING.match(state):
        passing = state != "XX000" or is_vanished(error)
    passing = passing or is_vanished(error)
    passing = passing or (not state and bool(_BUSY.search(text)))
    patience = REFUSED if refused else math.inf
    return DatabaseError(_reason(error, address), passing=passing, patience=patience)


_MARK = re.compile(r"^.*\n *\^ *$", re.MULTILINE)
"""The line of a statement, in which a mark shows the place: the statement is our own."""


def _reason(error: Exception, address: Address) -> str:
    state = getattr(error, "sqlstate", None)
    lines = [line.strip() for line in _MARK.sub("", str(error)).splitlines() if line.strip()]
    text = redact("; ".join(dict.fromkeys(lines)), address.secrets)
    text = text.removeprefix("connection failed: ")
    hints = (hint for pattern, hint in _HINTS if not state and re.search(pattern, text))
    advice = _ADVICE.get(state or "") or next(hints, None)
    if state == "42501" and re.search("for (function|aggregate)", text):
        advice = "GRANT EXECUTE ON this function to the role, as every role has it by default"
    return f"{text} ({advice})" if advice else text or type(error).__name__
