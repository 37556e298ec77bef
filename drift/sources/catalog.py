"""The catalog statement: rows of a kind's name and one object as JSON; and what reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import force_setattr
from psycopg import sql as compose

from drift.errors import DatabaseError
from drift.kinds import KINDS
from drift.model import DatabaseObject
from drift.sources.changes import VERSIONS
from drift.sources.scope import Request, scope
from drift.sources.tenants import Tenants, alike, expression
from drift.sources.wire import Row


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says of itself and of the session."""

    version: str
    version_number: int
    database: str
    role: str
    search_path: tuple[str, ...]
    extension_schemas: tuple[str, ...]
    closed_schemas: tuple[str, ...]
    not_compared: Mapping[str, int]
    versions: Mapping[str, int] = {}


_SERVER = f"""
SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::int AS version_number,
       current_database() AS database, current_user AS role,
       current_setting('drift.search_path')::json AS search_path,
       (SELECT coalesce(json_agg(DISTINCT n.nspname), '[]') FROM pg_extension e
        JOIN pg_namespace n ON n.oid = e.extnamespace WHERE n.nspname <> 'pg_catalog')
         AS extension_schemas,
       (SELECT coalesce(json_agg(n.nspname), '[]') FROM pg_namespace n
        WHERE NOT has_schema_privilege(n.oid, 'USAGE') AND n.nspname !~ '^pg_') AS closed_schemas,
       json_build_object(
         'function', (SELECT count(*) FROM pg_proc p JOIN namespaces n ON n.oid = p.pronamespace
                      WHERE NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                        AND d.deptype = 'e')),
         'trigger', (SELECT count(*) FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid
                     WHERE NOT t.tgisinternal),
         'policy', (SELECT count(*) FROM pg_policy p JOIN relations r ON r.oid = p.polrelid),
         'rule', (SELECT count(*) FROM pg_rewrite w JOIN relations r ON r.oid = w.ev_class
                  WHERE w.rulename <> '_RETURN'),
         'grant', (SELECT count(DISTINCT (r.oid, a.grantee)) FROM relations r
                   JOIN pg_class c ON c.oid = r.oid, aclexplode(c.relacl) a
                   WHERE a.grantee <> c.relowner)) AS not_compared,
       ({VERSIONS}) AS versions
"""


def statement(request: Request) -> compose.Composable:
    """Compose the catalog statement for a request."""
    queries = {kind.name: kind.sql for kind in KINDS}
    if request.tenants:
        matching = compose.Literal(expression(request.tenants)).as_string(None)
        rows = alike(queries, matching)
    else:
        rows = "\nUNION ALL\n".join(
            f"SELECT '{kind}', row_to_json(q)::text FROM ({sql}) q" for kind, sql in queries.items()
        )
    server = f"SELECT 'server', row_to_json(q)::text FROM ({_SERVER}) q"
    return scope(request) + compose.SQL(f"{rows}\nUNION ALL\n{server}")


_DECODERS: Mapping[str, msgspec.json.Decoder[Any]] = {
    "server": msgspec.json.Decoder(Server),
    "tenants": msgspec.json.Decoder(Tenants),
    **{kind.name: msgspec.json.Decoder(kind.struct) for kind in KINDS},
}
"""Made by the import, of which there is one: two threads that make one at once crash msgspec."""


class Objects:
    """The objects of each kind, as they come."""

    def __init__(self) -> None:
        self.of: dict[str, list[Any]] = defaultdict(list)
        self._names: dict[str, str] = {}

    def read(self, rows: Iterable[Row]) -> None:
        """Add the objects of some rows. Raises DatabaseError for what cannot be one."""
        for kind, document in rows:
            name = (kind or b"").decode()
            if name in _DECODERS:  # what else comes is what the transaction begins with
                self.of[name].append(self._sharing(decode(name, document or b"")))

    def _sharing(self, item: Any) -> Any:
        """Let objects share the names of schemas and tables: each comes with its own copy."""
        if isinstance(item, DatabaseObject):
            force_setattr(item, "schema", self._names.setdefault(item.schema, item.schema))
            if item.table is not None:
                force_setattr(item, "table", self._names.setdefault(item.table, item.table))
        return item


def decode(kind: str, document: bytes) -> Any:
    """Return one object. Raises DatabaseError for what it cannot be.

    That happens where something is dropped while it is read: functions of the catalog look at the
    present, and answer NULL where the snapshot still has the object.
    """
    decoder = _DECODERS[kind]
    try:
        return decoder.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = document.decode("utf-8", errors="replace")
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, RecursionError) as problem:
        words = f"the catalog changed while it was read, or is not PostgreSQL's own: {problem}"
        raise DatabaseError(words, passing=True) from None
