"""The live side: one statement reads every kind from `pg_catalog` as one JSON document.

The catalog tables are read, and not the `information_schema` views over them: those hide
constraints from a role that has only SELECT, and know no index, label or NOT VALID.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec
import psycopg
from psycopg import sql as compose

from drift.errors import DatabaseError
from drift.kinds import KINDS
from drift.model import Database, DatabaseObject, Schema
from drift.sources.changes import VERSIONS
from drift.sources.connection import Timeouts, begin
from drift.sources.scope import Request, scope
from drift.sources.tenants import Tenants, body, expression, is_pattern


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


class Reflection(msgspec.Struct, frozen=True, kw_only=True):
    """The live schema, and the server that it was read from."""

    schema: Schema
    server: Server
    database: Database
    locked: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    tenants: tuple[Tenants, ...] = ()


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
    tenants = compose.Literal(expression(request.tenants))
    parts = [f"'server', (SELECT row_to_json(q) FROM ({_SERVER}) q)"]
    parts += [
        f"'{kind.name}', (SELECT coalesce(json_agg(row_to_json(q)), '[]') FROM ({kind.sql}) q)"
        for kind in KINDS
    ]
    within = scope(request)
    if request.tenants:
        return within + compose.SQL(body(_SERVER, tenants.as_string(None)))
    return within + compose.SQL("SELECT json_build_object(" + ", ".join(parts) + ")::text")


def _decoder() -> msgspec.json.Decoder[Any]:
    fields: list[tuple[str, Any]] = [("server", Server)]
    fields += [(kind.name, tuple[kind.struct, ...]) for kind in KINDS]  # type: ignore[name-defined]
    renamed = {kind.name.replace("-", "_"): kind.name for kind in KINDS}
    named: list[Any] = [(name.replace("-", "_"), type_) for name, type_ in fields]
    named.append(("tenants", tuple[Tenants, ...], ()))
    catalog = msgspec.defstruct("Catalog", named, rename=renamed)
    return msgspec.json.Decoder(catalog)


_DECODER = _decoder()
"""Made by the import, of which there is one: two threads that make it at once crash msgspec."""


def reflect(
    connection: psycopg.Connection[Any], request: Request, timeouts: Timeouts
) -> Reflection:
    """Open the transaction, run the one statement and decode its document."""
    unencoded = connection.info.parameter_status("server_encoding") == "SQL_ASCII"
    text = begin(timeouts, unencoded=unencoded) + statement(request).as_string(connection)
    cursor = connection.execute(text.encode())
    while cursor.nextset():
        pass
    assert cursor.pgresult is not None
    document = cursor.pgresult.get_value(0, 0) or b""
    cursor.close()  # the result holds the document once more
    catalog = _decode(document)
    del document
    objects = {kind.name: getattr(catalog, kind.name.replace("-", "_")) for kind in KINDS}
    return _reflection(connection, request, catalog, objects)


def _decode(document: bytes) -> Any:
    """Return the catalog. Raises DatabaseError for what it cannot be.

    That happens where something is dropped while it is read: functions of the catalog look at the
    present, and answer NULL where the snapshot still has the object.
    """
    try:
        return _DECODER.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = document.decode("utf-8", errors="replace")
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError) as problem:
        words = f"the catalog changed while it was read, or is not PostgreSQL's own: {problem}"
        raise DatabaseError(words, passing=True) from None


def _reflection(
    connection: psycopg.Connection[Any],
    request: Request,
    catalog: Any,
    objects: Mapping[str, Sequence[Any]],
) -> Reflection:
    server: Server = catalog.server
    default = default_schema(request, server, objects["table"])
    kept = {schema if schema is not None else default for schema in request.schemas}
    kept |= {tenants.example for tenants in catalog.tenants}
    inside = {
        name: tuple(item for item in items if item.schema in kept)
        for name, items in objects.items()
    }
    return Reflection(
        schema=Schema(
            source="database",
            name=server.database,
            default_schema=default,
            objects=inside,
            search_path=server.search_path,
            not_compared={name: count for name, count in server.not_compared.items() if count},
        ),
        server=server,
        database=Database(
            host=connection.info.host or "",
            name=server.database,
            role=server.role,
            server_version=server.version,
        ),
        locked=tuple(f"{t.schema}.{t.name}" for t in inside["table"] if t.locked),
        tenants=catalog.tenants,
    )


def default_schema(request: Request, server: Server, tables: Iterable[DatabaseObject]) -> str:
    """Return the schema of tables that name none.

    It is the connection's, unless another one of its search path, or `public`, holds more of the
    tables that are asked for: the search path of a role that only reads says little about where
    the application created its tables.
    """
    candidates = list(dict.fromkeys((*server.search_path, "public")))
    asked = {name for schema, name in request.tables or () if schema is None}
    counts = dict.fromkeys(candidates, 0)
    for table in tables:
        if table.name in asked and table.schema in counts:
            counts[table.schema] += 1
    return max(candidates, key=lambda schema: (counts[schema], -candidates.index(schema)))


def require_schemas(names: Iterable[str], reflection: Reflection) -> None:
    """Raise DatabaseError where one of the schemas, asked for by the user, does not exist."""
    found = {item.schema for item in reflection.schema.objects["schema"]}
    for name in names:
        database = reflection.database.name
        if is_pattern(name):
            if not any(fnmatchcase(tenants.example, name) for tenants in reflection.tenants):
                raise DatabaseError(f'no schema of database "{database}" matches {name}')
        elif name not in found:
            raise DatabaseError(f'schema "{name}" does not exist in database "{database}"')
