"""Errors of libpq and the server: the cause, the fix, and whether a retry could help."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from drift.errors import DatabaseError
from drift.lazy_regex import lazy_regex
from drift.redaction import redact
from drift.sources.database.retry import REFUSED

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
"""The fix for a connection that is refused, by libpq's message: it passes on no state."""
_ADVICE = {
    "57014": "the statement timeout was reached; raise statement_timeout",
    "55P03": "another session holds a lock; retry later",
    "28P01": "the password is wrong",
}
_RETRYABLE_STATES = lazy_regex(r"08|57P0[123]|53300|55P03|40001|25P0[234]")
"""The states, or their beginnings, of errors that a retry may fix.

Connections that broke; a server that starts, stops or crashed, or is full; a conflict with
another session; and a table that was locked just then, which the next attempt knows.
"""
_REFUSED = lazy_regex("Connection refused|No such file or directory")
_RETRYABLE_TEXTS = lazy_regex(
    f"{_REFUSED.pattern}"
    # a connection that was cut
    "|server closed the connection|connection (?:was )?(?:lost|reset|closed)|timeout expired"
    "|terminating connection|EOF detected|Broken pipe|consuming input failed"
    # a server that takes no connection at the moment
    "|starting up|shutting down|not yet accepting|in recovery mode|too many|slots are reserved"
    "|conflict with recovery"
)
"""Messages of libpq while it connects, or about the connection: they come without a state."""
_INTERNAL_ERROR = "XX000"
_CHANGED = lazy_regex("could not open relation|cache lookup failed|does not exist")
_VANISHED = lazy_regex("with OID [0-9]+ does not exist|invalid internal value for enum")


def is_vanished(error: Exception) -> bool:
    """Return whether an object was dropped while a statement of ours printed it.

    Our statements name nothing of the users': only a number can be unknown to the server.
    """
    state = getattr(error, "sqlstate", None)
    pattern = _CHANGED if state == _INTERNAL_ERROR else _VANISHED
    return bool(state and pattern.search(str(error)))


def failure(error: Exception, secrets: Iterable[str]) -> DatabaseError:
    """Return the error with the server's reason, and whether trying again could help."""
    text, state = str(error), getattr(error, "sqlstate", None)
    if state:
        retryable = bool(_RETRYABLE_STATES.match(state)) or is_vanished(error)
    else:
        retryable = bool(_RETRYABLE_TEXTS.search(text))
    refused = not state and _REFUSED.search(text)
    retry_for = REFUSED if refused else math.inf
    return DatabaseError(_reason(error, secrets), retryable=retryable, retry_for=retry_for)


_MARK = lazy_regex(r"^.*\n *\^ *$", re.MULTILINE)
"""A line of our own statement, and the mark under it."""


def _message(error: Exception) -> str:
    """Return the message, with the server's address: older versions of psycopg cut it off."""
    text = str(error)
    _, cut, reason = text.partition(": ")
    whole = getattr(getattr(error, "pgconn", None), "error_message", b"")
    if cut and text.startswith("connection ") and isinstance(whole, bytes):
        complete = whole.decode(errors="replace").strip()
        return complete if reason in complete and complete not in text else text
    return text


def _reason(error: Exception, secrets: Iterable[str]) -> str:
    state = getattr(error, "sqlstate", None)
    lines = [line.strip() for line in _MARK.sub("", _message(error)).splitlines() if line.strip()]
    text = redact("; ".join(dict.fromkeys(lines)), secrets)
    text = text.removeprefix("connection failed: ")
    hints = (hint for pattern, hint in _HINTS if not state and re.search(pattern, text))
    advice = _ADVICE.get(state or "") or next(hints, None)
    if state == "42501" and re.search("for (function|aggregate)", text):
        advice = "GRANT EXECUTE ON this function to the role, as every role has it by default"
    return f"{text} ({advice})" if advice else text or type(error).__name__
