"""Splits a database's URL, or refuses it without quoting it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from drift.errors import DatabaseError
from drift.lazy_regex import lazy_regex

UNENCODED = (
    "the database URL cannot be read: special characters of the password must be percent-encoded "
    "(for instance @ as %40, and % as %25)"
)
UNREADABLE = (
    "the database URL cannot be read: write postgresql://HOST:5432/NAME, with USER:PASSWORD@ in "
    "front of the host"
)
_URL = lazy_regex(r"(?P<scheme>[A-Za-z][\w.+-]*)://(?P<rest>.*)", re.DOTALL)
_HOST = lazy_regex(r"(?:\[(?P<address>[^\[\]@]+)\]|(?P<name>[^\[\]:]*))(?::(?P<port>[0-9]*))?")
_MAY_HOLD_AT = frozenset(
    "user password application_name fallback_application_name host service passfile options "
    "krbsrvname sslcert sslkey sslrootcert".split()
)
"""Parameters whose values may contain an unencoded @."""


class Parts(NamedTuple):
    """The parts of a URL, as they are spelled; `hosts` are pairs of host and port."""

    scheme: str
    before_query: str
    hosts: tuple[tuple[str, str], ...]
    name: str
    query: str


def is_url(text: str) -> bool:
    """Tell a URL from libpq's `key=value` pairs."""
    return _URL.match(text) is not None


def split(text: str) -> Parts:
    """Return the parts of a URL. Raises DatabaseError, which repeats nothing of it.

    libpq, SQLAlchemy and urllib read an unencoded password in different ways, and take the
    text after its first special character for a host, a port or a database, which would be printed.
    """
    match = _URL.match(text)
    if match is None:
        raise DatabaseError(UNREADABLE)
    before, _, query = match["rest"].partition("?")
    if _is_unencoded(before, query):
        raise DatabaseError(UNENCODED)
    addresses, _, name = before.rpartition("@")[2].partition("/")
    hosts = tuple(map(_host, addresses.split(",")))
    return Parts(match["scheme"], before, hosts, name, query)


def passwords(text: str) -> Iterator[str]:
    """Yield the spellings of a URL's password, even if the URL cannot be read."""
    match = _URL.match(text)
    if match is None:
        return
    user, at, _ = match["rest"].rpartition("@")
    # Without an @, `name:password` may stand in place of the hosts: no port looks like that.
    authority = user if at else re.split("[/?#]", match["rest"])[0]
    password = authority.partition(":")[2]
    if password and (at or not all(map(_HOST.fullmatch, authority.split(",")))):
        yield from {password, unquote(password)}
    for key, value in parse_qsl(match["rest"].partition("?")[2]):
        if key in {"password", "sslpassword"}:
            yield value


def _is_unencoded(before: str, query: str) -> bool:
    """Tell whether a part that may be a password has a special character that is not encoded."""
    user, at, _ = before.rpartition("@")
    if at and re.search("[/#@]", user):
        return True
    if re.search(r"\s|%(?![0-9A-Fa-f]{2})", before):
        return True
    pairs = (pair.partition("=") for pair in query.split("&") if "@" in pair)
    return any(key not in _MAY_HOLD_AT for key, _, _ in pairs)


def _host(text: str) -> tuple[str, str]:
    """Return host and port; an invalid port may be the password of a URL without a host."""
    match = _HOST.fullmatch(text)
    if match is None:
        raise DatabaseError(UNREADABLE)
    return match["address"] or match["name"] or "", match["port"] or ""
