"""Reads the live database and compares: the part of a check for which a connection is open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from drift.compare.comparator import Comparison, compare
from drift.config import Target
from drift.errors import DatabaseError
from drift.kinds.system import is_system
from drift.model import Schema

if TYPE_CHECKING:
    import psycopg

    from drift.sources.database.connection import Address, Timeouts
    from drift.sources.database.reader import Reflection
    from drift.sources.database.request import Request
    from drift.sources.models.loader import Models


class SchemaVariant(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison; `tenants` are the schemas for which it holds, where a pattern named them."""

    declared: Schema
    live: Schema
    comparison: Comparison
    tenants: tuple[str, ...] = ()


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What was read, and the comparisons: one, or one for each way in which tenants are made."""

    reflection: Reflection
    variants: tuple[SchemaVariant, ...]


def compared(target: Target, models: Models, address: Address, connecting: float) -> Compared:
    """Read the database, compare, and ask it about the expressions that differ as text.

    What differs while the catalog changes is read again, to be sure that it is not half of a
    change; `connecting` are the seconds that a connection may take.

    Raises DatabaseError.
    """
    from drift.sources.database import changes, reader
    from drift.sources.database.connection import connect

    timeouts = timeouts_of(target)._replace(connect=connecting)
    request = request_of(target, models)

    def declared(tick: Callable[[], None]) -> None:
        """Read the models while the server works; most have their tables in `public`."""
        if not request.tenants:
            models.declare("public", connection.info.server_version, target.schemas, tick)

    with connect(address, timeouts) as connection:
        for _ in range(_READINGS):
            reflection = reader.persistently(connection, request, timeouts, declared)
            reader.require_schemas(target.schemas, reflection)
            varieties = tuple(_variants(connection, target, models, reflection))
            differs = any(one.comparison.findings for one in varieties)
            changed: frozenset[str] = frozenset()
            if differs:
                with _open(connection, address, timeouts) as open_:
                    changed = changes.changed(open_, request, reflection, timeouts)
            if not connection.closed:
                connection.execute("ROLLBACK")
            if not changed or connection.closed:
                break
    return _certain(Compared(reflection=reflection, variants=varieties), changed)


_READINGS = 3
"""How often the database is read before what keeps changing is left out."""


def _certain(found: Compared, changed: Collection[str]) -> Compared:
    """Leave out the findings about what changed again and again, and remember its names."""
    from drift.sources.database import changes

    if not changed:
        return found
    names: set[str] = set()
    varieties = []
    for variety in found.variants:
        findings, left_out = changes.certain(variety.comparison.findings, changed)
        names |= left_out
        comparison = msgspec.structs.replace(variety.comparison, findings=findings)
        varieties.append(msgspec.structs.replace(variety, comparison=comparison))
    reflection = msgspec.structs.replace(found.reflection, changed=tuple(sorted(names)))
    return Compared(reflection=reflection, variants=tuple(varieties))


@contextmanager
def _open(
    connection: psycopg.Connection[Any], address: Address, timeouts: Timeouts
) -> Iterator[psycopg.Connection[Any]]:
    """Yield the connection; another one if it was given up because its answers were too large."""
    from drift.sources.database.connection import begin, connect

    if not connection.closed:
        yield connection
        return
    with connect(address, timeouts) as other:
        other.execute(begin(timeouts, other.info.server_version).encode())
        yield other


def request_of(target: Target, models: Models) -> Request:
    """Return what is to be read of the database for these models."""
    from drift.sources.database.request import Request
    from drift.sources.database.tenants import is_pattern
    from drift.sources.models.version_tables import version_tables

    patterns = tuple(filter(is_pattern, target.schemas))
    own = (schema for schema in models.schemas if schema is not None or not patterns)
    named = (schema for schema in target.schemas if not is_pattern(schema))
    return Request(
        schemas=tuple(dict.fromkeys((*own, *named))),
        tables=models.tables,
        tenants=patterns,
        version_tables=version_tables(Path.cwd(), *map(Path, target.path)),
    )


def timeouts_of(target: Target) -> Timeouts:
    """Return how long a target may take."""
    from drift.sources.database.connection import Timeouts

    return Timeouts(target.connect_timeout, target.statement_timeout, target.lock_timeout)


def _variants(
    connection: psycopg.Connection[Any], target: Target, models: Models, reflection: Reflection
) -> Iterator[SchemaVariant]:
    """Yield the comparisons, that of most tenants first."""
    from drift.sources.database.tenants import is_pattern

    version, live = reflection.server.version_number, reflection.schema
    whole = [schema for schema in target.schemas if not is_pattern(schema)]
    if not reflection.tenants:
        declared = models.declare(live.default_schema, version, whole)
        _require_tables(target, declared, reflection)
        found = _compare(connection, target, reflection, declared, live)
        yield SchemaVariant(declared=declared, live=live, comparison=found)
        return
    examples = {tenants.example for tenants in reflection.tenants}
    for tenants in sorted(reflection.tenants, key=lambda one: (-len(one.schemas), one.example)):
        mine = tenants.example
        declared = models.declare(mine, version, (*whole, mine))
        own = _without(live, mine, examples - {mine})
        yield SchemaVariant(
            declared=declared,
            live=own,
            comparison=_compare(connection, target, reflection, declared, own),
            tenants=tenants.schemas,
        )


def _without(live: Schema, default: str, others: set[str]) -> Schema:
    """Return the live side as one tenant sees it: its own schema, and those that all share."""
    return msgspec.structs.replace(
        live,
        default_schema=default,
        objects={
            kind: tuple(item for item in items if item.schema not in others)
            for kind, items in live.objects.items()
        },
    )


def _compare(
    connection: psycopg.Connection[Any],
    target: Target,
    reflection: Reflection,
    declared: Schema,
    live: Schema,
) -> Comparison:
    from drift.expressions.vocabulary import Vocabulary, stand_ins
    from drift.sources.database import equivalence

    found = compare(declared, live)
    if not found.unresolved_expressions:
        return found
    server = reflection.server
    schemas = (item.schema for item in live.objects["schema"])
    path = (live.default_schema, *server.search_path)
    answers = equivalence.ask(
        None if connection.closed else connection.pgconn,
        found.unresolved_expressions,
        equivalence.rows(declared, live),
        Vocabulary(
            functions=server.functions,
            operators=frozenset(server.operators),
            sequences=frozenset(
                (one.schema, one.name)
                for side in (live, declared)
                for one in side.objects.get("sequence", ())
            ),
            hazards=server.hazards,
            time_zones=server.time_zones,
            types=stand_ins(declared, live),
            path=tuple(dict.fromkeys((*path, *server.extension_schemas, "public"))),
            type_path=tuple(dict.fromkeys((*path, *schemas, *server.extension_schemas, "public"))),
        ),
        target.statement_timeout,
    )
    return compare(declared, live, answers, found)


def _require_tables(target: Target, declared: Schema, reflection: Reflection) -> None:
    """Raise DatabaseError where no declared table exists: that is not drift, but another database.

    A single missing table may well be drift.
    """
    wanted = {
        (table.schema, table.name)
        for table in declared.objects["table"]
        if not is_system(table.schema)
    }
    found = {(table.schema, table.name) for table in reflection.schema.objects["table"]}
    if wanted & found or (len(wanted) < 2 and target.bind is None):
        return
    database = reflection.database
    schemas = ", ".join(sorted({schema for schema, _ in wanted}))
    raise DatabaseError(
        f'none of the {len(wanted)} declared tables exists in database "{database.name}" '
        f"(schema {schemas}; {len(found)} other tables): is this the right database, and were "
        "its migrations ever run?"
    )
