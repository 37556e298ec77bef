"""The catalog statement, and the objects in its rows: a kind's name and one object as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from drift.errors import DatabaseError
from drift.expressions.vocabulary import Function
from drift.kinds import KINDS
from drift.kinds.advice.details import PARTS
from drift.sources.database.parts import PARTS_CTES
from drift.sources.database.row_stream import Row
from drift.sources.database.row_versions import VERSION_CTES, VERSIONS
from drift.sources.database.scope import Scope, narrowed_ctes, scope_ctes
from drift.sources.database.server_facts import SERVER_CTES, server_sql
from drift.sources.database.sql_text import ROW
from drift.sources.database.tenant_groups import TenantGroup, grouped_rows
from drift.sources.database.unprintable import Unprinted
from drift.sources.database.version_rows import VersionRows, revisions_sql


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about the server and the session.

    `functions`, `operators` and `hazards` are those of `Vocabulary`. `may_write` counts the
    compared tables that the role may change, though a check only reads.
    """

    version: str
    version_num: str
    database: str
    role: str
    superuser: bool = False
    may_write: int = 0
    search_path: tuple[str, ...]
    extension_schemas: tuple[str, ...]
    extensions: tuple[str, ...] = ()
    schema_of_extension: Mapping[str, str] = {}
    functions: Mapping[str, Function] = {}
    operators: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    time_zones: tuple[str, ...] = ()
    not_compared: Mapping[str, int]
    versions: Mapping[str, int] = {}

    @property
    def excess(self) -> str:
        """The privileges that a check does not need, to follow the role's name; "" if none."""
        if self.superuser:
            return "is a superuser"
        return f"may write to {self.may_write:,} of the checked tables" if self.may_write else ""

    @property
    def version_number(self) -> int:
        """The version as a number, such as 180006."""
        return int(self.version_num)


def statement(scope: Scope, unprinted: Unprinted = Unprinted()) -> str:  # noqa: B008
    """Return the catalog statement: all kinds and the server in one round trip and one snapshot."""
    queries = {
        kind.name: unprinted.without_calls(kind.sql)
        for kind in KINDS
        if not kind.is_optional or kind.name in scope.kinds
    }
    ctes = scope_ctes(scope) + unprinted.without_calls(PARTS_CTES) + SERVER_CTES
    if scope.tenants:
        rows = [grouped_rows(queries, scope.tenants)]
        server = server_sql(f"{narrowed_ctes('sent')}{VERSION_CTES}{VERSIONS}")
    else:
        ctes += VERSION_CTES
        rows = [_rows(kind, sql) for kind, sql in queries.items()]
        server = server_sql(VERSIONS)
    others = {**_optional_queries(scope), "server": server}
    rows += [_rows(name, sql) for name, sql in others.items()]
    return ctes + "\nUNION ALL\n".join(rows)


def _optional_queries(scope: Scope) -> Mapping[str, str]:
    queries = {"revisions": revisions_sql(scope.version_tables)} if scope.revisions else {}
    details = {name: sql for name, (_, sql) in PARTS.items()} if scope.details else {}
    return queries | details


def _rows(name: str, sql: str) -> str:
    """Return SQL for the rows of a query, each with its kind's name.

    OFFSET 0 keeps the planner from merging the query into the statement. It would copy all that it
    has merged so far with each part of it, which takes 5 MB and a tenth of the statement's time on
    a new connection.
    """
    return f"SELECT '{name}', {ROW} FROM ({sql} OFFSET 0) q"


_DECODERS: Mapping[str, msgspec.json.Decoder[Any]] = {
    "server": msgspec.json.Decoder(Server),
    "tenants": msgspec.json.Decoder(TenantGroup),
    "revisions": msgspec.json.Decoder(VersionRows),
    **{name: msgspec.json.Decoder(struct) for name, (struct, _) in PARTS.items()},
    **{kind.name: msgspec.json.Decoder(kind.struct) for kind in KINDS},
}
"""Made at import, by one thread: two threads that make a decoder at once crash msgspec."""


def decode_rows(rows: Iterable[Row]) -> dict[str, list[Any]]:
    """Return the objects of each kind. Raises DatabaseError for a row that is not an object."""
    objects: dict[str, list[Any]] = defaultdict(list)
    for kind, document in rows:
        name = (kind or b"").decode()
        if name in _DECODERS:  # other rows answer the statements that open the transaction
            objects[name].append(_decode(_DECODERS[name], document or b""))
    return objects


def _decode(decoder: msgspec.json.Decoder[Any], document: bytes) -> Any:
    """Return one object. Raises DatabaseError for a document that is not one.

    That happens if something is dropped while it is read: functions of the catalog look at the
    present, and answer NULL for objects that the snapshot still has. Names that are not UTF-8, in a
    database without an encoding, are read with a replacement for each such byte.
    """
    try:
        return decoder.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = document.decode("utf-8", errors="replace")
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, RecursionError) as problem:
        raise DatabaseError(
            f"the catalog changed while it was read, or is not PostgreSQL's own: {problem}",
            retryable=True,
        ) from None
