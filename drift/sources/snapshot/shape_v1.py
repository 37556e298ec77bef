"""The shape of version 1 of a snapshot, which `drift snapshot` writes.

`drift.sources.snapshot.json_schema` makes the published JSON Schema of these structs. A new
attribute of an object that older versions of drift must not ignore needs another version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from drift.kinds import KINDS
from drift.kinds.sequence.kind import UsedSequence
from drift.model import ObjectRef, Problem
from drift.report.shape_v1 import Head, Source
from drift.report.shape_values import Count, Word

VERSION = 1

SPECIAL: Mapping[str, tuple[str, type[Any]]] = {"used-sequence": ("sequence", UsedSequence)}
"""Lists of objects whose struct is not that of their kind: the name, the kind and the struct."""

_STRUCTS = {
    **{kind.name: kind.struct for kind in KINDS if not kind.is_optional},
    **{name: struct for name, (_, struct) in SPECIAL.items()},
}


def _tuple_of(struct: Any) -> Any:
    return tuple[struct, ...]


Objects: Any = msgspec.defstruct(
    "Objects",
    [(name.replace("-", "_"), _tuple_of(struct), ()) for name, struct in _STRUCTS.items()],
    namespace={"__doc__": "The objects of each kind; an attribute with its default is left away."},
    rename="kebab",
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,  # a kind that is not read would silently not be compared
)

Path: TypeAlias = Annotated[
    str,
    Meta(max_length=4096, description="The file, from the project's folder on if it is below it."),
]
Line: TypeAlias = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Schemas: TypeAlias = Annotated[
    str, Meta(min_length=1, description="The schema of tables for which the models name none.")
]


class Group(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """The objects of one kind that belong to one table, or one object outside of a table."""

    kind: Word
    schema: str
    table: str = ""
    name: str = ""


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """The differences on servers of an older version, or if a named schema is the default one.

    The objects of `groups` are replaced by `objects`. With `error`, the models cannot be read.
    """

    server: Annotated[int, Meta(ge=1, le=999, description="The major version of PostgreSQL.")]
    default_schema: str | None = None
    groups: tuple[Group, ...] = ()
    objects: Objects = Objects()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a file."""

    file: Path
    line: Line


class TableLocation(msgspec.Struct, frozen=True, kw_only=True):
    """The lines that declare a table and its columns.

    A column's is counted from that of its table, so that lines above the table move only one
    number. Columns of a mixin in another file are `elsewhere`.
    """

    schema: str | None = None
    table: str
    file: Path
    line: Line
    columns: dict[str, Line] = {}
    elsewhere: dict[str, Place] = {}


class UnimportedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table that code declares which the models did not import."""

    table: str
    file: Path
    line: Line


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The objects of one bind, or of all if there are none.

    `tables` are those that the models have, but do not create, as schema and name.
    """

    objects: Objects = Objects()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    tables: tuple[tuple[str | None, str], ...] = ()
    variants: tuple[Variant, ...] = ()
    locations: tuple[TableLocation, ...] = ()


class Bind(Part, frozen=True, kw_only=True):
    """The objects of a bind, and the number of its tables."""

    count: Count


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """The server from which the objects were read."""

    version: str
    number: Count
    extensions: tuple[str, ...] = ()


class SnapshotHead(Head, kw_only=True):
    """The fields that identify a snapshot; `checks` is a report's."""

    format: str = ""
    checks: msgspec.Raw = msgspec.Raw()


class Snapshot(Head, kw_only=True):
    """A frozen schema."""

    format: Literal["snapshot"]
    source: Source
    commit: Annotated[
        str, Meta(description="The commit of Git, with +dirty if files differ from it.")
    ] = ""
    revisions: Annotated[tuple[str, ...], Meta(description="Alembic's revisions.")] = ()
    postgresql: Server | None = None
    default_schema: Schemas
    search_path: tuple[str, ...] = ()
    bind: Annotated[str | None, Meta(description="The only bind that was frozen.")] = None
    main: Annotated[Part, Meta(description="The objects of the default database.")] = Part()
    binds: Mapping[str, Bind] = {}
    declared_elsewhere: Annotated[
        tuple[ObjectRef, ...], Meta(description="The tables and types of all binds.")
    ] = ()
    unimported: tuple[UnimportedTable, ...] = ()


def items(objects: Any) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    """Yield the name of each list of objects, their kind, and the objects."""
    for name in _STRUCTS:
        kind = SPECIAL[name][0] if name in SPECIAL else name
        yield name, kind, getattr(objects, name.replace("-", "_"))


def packed(objects: Mapping[str, tuple[Any, ...]]) -> Any:
    """Return the objects of a schema, each in the list of its struct."""
    lists = {name: list(objects.get(name, ())) for name in _STRUCTS}
    for name, (kind, struct) in SPECIAL.items():
        lists[name] = [item for item in lists[kind] if type(item) is struct]
        lists[kind] = [item for item in lists[kind] if type(item) is not struct]
    return Objects(**{name.replace("-", "_"): tuple(each) for name, each in lists.items()})
