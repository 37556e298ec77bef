"""Freezes models, or the schema of a database, as a snapshot."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from drift import __version__
from drift.errors import DatabaseError, ModelsError
from drift.model import Schema
from drift.report.shape_v1 import Source, Tool
from drift.sources.ordering import ordered
from drift.sources.snapshot.expected import NEWEST, OLDEST, Frozen
from drift.sources.snapshot.shape_v1 import (
    VERSION,
    Bind,
    Part,
    Place,
    Server,
    Snapshot,
    TableLocation,
    UnimportedTable,
    Variant,
    packed,
)
from drift.sources.snapshot.variants import difference, same, schemas_in

if TYPE_CHECKING:
    from drift.sources.database.reflection import Reflection
    from drift.sources.models.loader import Models

_DEFAULT_SCHEMAS = ("public", "default_schema", *(f"default_schema_{n}" for n in range(2, 100)))
"""Names for the schema of tables that name none; the first that no text of the models has."""

_NEWEST_SERVER = NEWEST * 10000


def freeze_models(models: Models, bind: str | None = None) -> Snapshot:
    """Return the models as a snapshot: all of them, or those of one bind."""
    chosen = models.of(bind) if bind is not None else models
    others = {} if bind is not None else {key: models.of(key) for key in models.binds}
    default = _default_schema((chosen, *others.values()))
    return Snapshot(
        **_head("models", chosen.name),
        default_schema=default,
        bind=bind,
        main=_part(chosen, default),
        binds={
            key: Bind(**msgspec.structs.asdict(_part(other, default)), count=models.binds[key])
            for key, other in others.items()
        },
        declared_elsewhere=tuple(
            sorted(models.declared_elsewhere(default, _NEWEST_SERVER), key=str)
        ),
        unimported=tuple(
            UnimportedTable(table=table, file=location.file, line=location.line)
            for table, location in sorted(models.unimported(None).items())
        ),
    )


def _head(source: str, name: str) -> dict[str, Any]:
    return {
        "format": "snapshot",
        "version": VERSION,
        "tool": Tool(name="drift", version=__version__),
        "source": Source(source=source, name=name),
    }


def _default_schema(models: Iterable[Models]) -> str:
    """Return a name that the models do not mention, so that each of its uses can be moved."""
    stand_in = f"drift_{secrets.token_hex(8)}"
    schemas = (each.declare(stand_in, _NEWEST_SERVER) for each in models)
    text = repr([[*each.objects.values(), each.problems, each.notes] for each in schemas])
    return next(name for name in _DEFAULT_SCHEMAS if name not in text)


def _part(models: Models, default: str) -> Part:
    base = models.declare(default, _NEWEST_SERVER)
    part = Part(
        objects=packed(base.objects),
        problems=base.problems,
        notes=base.notes,
        locations=tuple(sorted(_locations(models), key=lambda at: (at.schema or "", at.table))),
        variants=tuple(_of_versions(models, base)),
    )
    frozen = _frozen(part, default)
    return msgspec.structs.replace(
        part,
        tables=tuple(sorted(models.tables - frozen.tables, key=str)),
        variants=(*part.variants, *_of_schemas(models, part, frozen)),
    )


def _frozen(part: Part, default: str) -> Frozen:
    return Frozen(Snapshot(**_head("models", ""), default_schema=default, main=part), "")


def _of_versions(models: Models, base: Schema) -> Iterator[Variant]:
    """Yield the differences on older servers; each holds for the versions below, too."""
    newer: Variant | None = None
    for major in range(NEWEST - 1, OLDEST - 1, -1):
        older = models.declare(base.default_schema, major * 10000)
        variant = difference(base, older, major, None)
        if not same(variant, newer, base):
            yield variant
            newer = variant


def _of_schemas(models: Models, part: Part, frozen: Frozen) -> Iterator[Variant]:
    """Yield the differences if a schema that the models name is the default one."""
    servers = (NEWEST, *(variant.server for variant in part.variants))
    for schema in sorted(schemas_in(frozen.base.objects) - {frozen.base.default_schema}):
        for server in servers:
            moved = frozen.declare(schema, server * 10000)
            try:
                declared = models.declare(schema, server * 10000)
            except ModelsError as problem:
                yield Variant(server=server, default_schema=schema, error=str(problem))
                continue
            variant = difference(moved, declared, server, schema)
            if not same(variant, None, moved):
                yield variant


def _locations(models: Models) -> Iterator[TableLocation]:
    for (schema, table), location, columns in models.locations():
        own = {name: at for name, at in columns.items() if at.file == location.file}
        yield TableLocation(
            schema=schema,
            table=table,
            file=location.file,
            line=location.line,
            columns={name: at.line - location.line for name, at in own.items() if at != location},
            elsewhere={
                name: Place(file=at.file, line=at.line)
                for name, at in columns.items()
                if name not in own
            },
        )


def freeze_database(
    reflection: Reflection, source: str, name: str, revisions: Iterable[str] = ()
) -> Snapshot:
    """Return the snapshot of a reflected database. Raises DatabaseError for a locked table.

    The expressions of a locked table cannot be read.
    """
    if reflection.locked:
        raise DatabaseError(
            f"{reflection.locked[0]} is locked by another session, so that its expressions cannot "
            "be read; try again when that has ended"
        )
    schema, server = reflection.schema, reflection.server
    return Snapshot(
        **_head(source, name),
        revisions=tuple(revisions),
        postgresql=Server(version=server.version, number=server.version_number),
        default_schema=schema.default_schema,
        search_path=schema.search_path,
        main=Part(
            objects=packed({kind: ordered(kind, each) for kind, each in schema.objects.items()}),
            notes=schema.notes,
        ),
    )
