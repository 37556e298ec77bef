"""The declared objects on a scratch server, where one server prints the definitions of both sides.

The models' tables are created first, without keys and defaults. A copy of that database gets the
declared objects, and another one the live objects, if their texts differ: versions of PostgreSQL
print the same definition in different ways.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from msgspec.structs import replace

from drift.errors import DriftError
from drift.kinds import KINDS
from drift.kinds.base import noun_of
from drift.kinds.schema import Namespace
from drift.kinds.sql.text import UNPRINTED
from drift.kinds.sql_object import SqlObject, SqlObjectKind
from drift.model import Answer, Expression, Schema
from drift.sources.sql_objects import tables
from drift.sources.sql_objects.base import Base, LiveCopy
from drift.texts import clip

if TYPE_CHECKING:
    from drift.scratch import Scratch

SQL_KINDS: Mapping[str, SqlObjectKind[Any]] = {
    kind.name: kind for kind in KINDS if isinstance(kind, SqlObjectKind)
}
_RELATIONS = frozenset({"view", "materialized-view"})
_OWNERS = ("table", "view", "materialized-view")
_LISTED = 5
"""Objects that a note names; it counts the others."""
Part: TypeAlias = "tuple[str, str, str, str | None]"
"""A kind, a schema, the name of an object in it, and a part of its definition."""


class ScratchObjects:
    """The declared objects, for any number of comparisons and threads."""

    def __init__(self, objects: Sequence[SqlObject], scratch: Scratch) -> None:
        """Take the objects, and the server to create them on."""
        self.objects = tuple(objects)
        self.kinds = frozenset(item.kind for item in objects) & SQL_KINDS.keys()
        self.on_server = frozenset(kind for kind in self.kinds if SQL_KINDS[kind].needs_server)
        self._scratch, self._lock = scratch, threading.Lock()
        self._bases: dict[tuple[str, ...], Base | DriftError] = {}

    def created(
        self, declared: Schema, live: Schema, extensions: Mapping[str, str], seconds: float
    ) -> Created:
        """Return the expected side with the objects as the scratch server has them.

        `extensions` are those of the live side, with their schemas.
        """
        if not self.on_server:
            return Created(None, self.objects, self.kinds, declared, live)
        path = (declared.default_schema, *live.search_path, "public")
        own = (item for item in self.objects if item.kind in _RELATIONS)
        relations = {(item.schema or declared.default_schema, item.name) for item in own}
        own_schemas = filter(None, (item.schema for item in self.objects))
        first = (
            *tables.schemas(declared, (*path, *extensions.values(), *own_schemas)),
            *tables.extensions(extensions),
        )
        needed = (*tables.statements(declared, relations, live),)
        path = (*path, *extensions.values())
        key = (*first, *needed, "", *path)
        with self._lock:
            if key not in self._bases:
                try:
                    base = Base(self._scratch, (first, needed), path, seconds)
                    base.declare(filter(_is_run, self.objects), self.on_server)
                    self._bases[key] = base
                except DriftError as problem:
                    self._bases[key] = problem
            made = self._bases[key]
        return Created(made, self.objects, self.kinds, declared, live)


class Created(msgspec.Struct, frozen=True):
    """The declared objects for one comparison.

    If there is no scratch server, `base` is the reason, and only the names are compared; it is None
    if no object needs one.
    """

    base: Base | DriftError | None
    objects: tuple[SqlObject, ...]
    kinds: frozenset[str]
    original: Schema
    live: Schema

    def declared(self) -> Schema:
        """Return the expected side with the objects.

        An object that could not be created is assumed to equal the live one, if there is one.
        """
        objects = {kind: self._made(kind) for kind in self.kinds}
        for item in self._uncreated():
            known = {_name(each) for each in objects[item.kind]}
            alike = self._as_live(item)
            objects[item.kind] += [each for each in alike if _name(each) not in known]
        all_objects = {**self.original.objects, **{k: tuple(each) for k, each in objects.items()}}
        notes = (*self.original.notes, *self._without_table(all_objects))
        all_objects["schema"] = self._schemas(all_objects)
        return replace(self.original, objects=all_objects, notes=notes, unread=tuple(self._notes()))

    def _made(self, name: str) -> list[Any]:
        """Return the objects of a kind that are known completely."""
        kind, items = SQL_KINDS[name], [item for item in self.objects if item.kind == name]
        if not kind.needs_server:
            return list(kind.read(items, self.original, self.live))
        made = list(self.base.objects.get(name, ())) if isinstance(self.base, Base) else []
        by_name: dict[str, list[SqlObject]] = defaultdict(list)
        for item in items:
            by_name[item.name].append(item)
        return [self._completed(kind, item, by_name[kind.bare_name(item)]) for item in made]

    def _completed(self, kind: SqlObjectKind[Any], made: Any, items: Iterable[SqlObject]) -> Any:
        """Return an object of the scratch server with the facts that only its declaration has."""
        default = self.original.default_schema
        meant = next((item for item in items if kind.is_meant(made, item, default)), None)
        return kind.completed(made, meant) if meant else made

    def _schemas(self, objects: Mapping[str, Sequence[Any]]) -> tuple[Any, ...]:
        """Return the declared schemas with those of the objects."""
        declared = self.original.objects["schema"]
        names = {item.schema for kind in self.kinds for item in objects[kind] if item.schema}
        more = sorted(names - {item.schema for item in declared})
        return (*declared, *(Namespace(schema=name) for name in more))

    def _uncreated(self) -> Iterator[SqlObject]:
        """Yield the objects of which only the names are known."""
        for item in self.objects:
            if item.kind in SQL_KINDS and SQL_KINDS[item.kind].needs_server and self._problem(item):
                yield item

    def _problem(self, item: SqlObject) -> str:
        if isinstance(self.base, DriftError):
            return str(self.base)
        return self.base.failed.get(item, "") if self.base else ""

    def _as_live(self, item: SqlObject) -> Sequence[Any]:
        kind, default = SQL_KINDS[item.kind], self.original.default_schema
        existing = [
            each
            for each in self.live.objects.get(item.kind, ())
            if kind.is_meant(each, item, default)
        ]
        return existing or [kind.named(item, default)]

    def _notes(self) -> Iterator[str]:
        """Say which definitions were not compared, and why."""
        paths: dict[str, list[str]] = {}
        for item in self._uncreated():
            paths.setdefault(self._problem(item), []).append(item.title)
        for reason, titles in paths.items():
            cannot = "" if isinstance(self.base, DriftError) else "cannot be created on its own: "
            yield (f"only the name is compared of {_listed(titles)} ({cannot}{clip(reason)})")

    def _without_table(self, objects: Mapping[str, Sequence[Any]]) -> Iterator[str]:
        """Name the objects of tables that no model declares: they are not compared."""
        known = {(each.schema, each.name) for kind in _OWNERS for each in objects.get(kind, ())}
        titles = [
            f"{noun_of(kind)} {SQL_KINDS[kind].ref(item).path}"
            for kind in sorted(self.kinds)
            for item in objects[kind]
            if item.table is not None and (item.schema, item.table) not in known
        ]
        if titles:
            yield f"not compared: {_listed(titles)} (no model declares the table)"

    def answers(self, asked: Iterable[Expression]) -> dict[Expression, Answer]:
        """Return each definition as the scratch server prints it, of the live side too."""
        asked = [expression for expression in asked if expression.definition_of]
        if not asked or not isinstance(self.base, Base):
            return {}
        copy = self._live_copy(self.base)
        own = {_part(each): each for each in self._expressions(self.base.objects)}
        copies = {_part(each): each.text for each in self._expressions(copy.objects)}
        answers: dict[Expression, Answer] = {}
        for each in asked:
            part = _part(each)
            declared = own.get(part)
            if each == declared:
                answers[each] = Answer(text=each.text)
            elif declared is not None and _is_same_query(part, self.base, copy):
                answers[each] = Answer(text=declared.text)
            else:
                answers[each] = _of_live(each, copies.get(part), copy)
        return answers

    def _live_copy(self, base: Base) -> LiveCopy:
        """Create the live objects beside the models' tables.

        Columns that only the live side has are added before: its definitions may name them.
        """
        items, stand_ins = {}, {}
        for name, kind in SQL_KINDS.items():
            live = self.live.objects.get(name, ()) if kind.needs_server else ()
            for item in filter(kind.can_be_copied, live):
                owner = (kind.name, item.schema, kind.owner(item))
                items[owner], stand_ins[owner] = (kind.create(item),), kind.stand_in(item)
        columns = tables.live_only(self.original, self.live)
        kinds = [name for name in self.kinds if SQL_KINDS[name].needs_server]
        return base.with_live(columns, items, stand_ins, kinds)

    def _expressions(self, objects: Mapping[str, Sequence[Any]]) -> Iterator[Expression]:
        for name in self.kinds:
            kind = SQL_KINDS[name]
            for item in objects.get(name, ()):
                yield from kind.expressions(item)


def _listed(titles: Sequence[str]) -> str:
    left = len(titles) - _LISTED
    return f"{', '.join(titles[:_LISTED])}{f' and {left:,} more' if left > 0 else ''}"


def _of_live(asked: Expression, printed: str | None, copy: LiveCopy) -> Answer:
    """Return the scratch server's text of a live definition, or the reason why it has none."""
    if asked.text == UNPRINTED:
        return Answer(text=UNPRINTED, reason="the server could not print it", open=True)
    owner = _part(asked)[:3]
    if printed is not None and owner not in copy.failed:
        return Answer(text=printed)
    why = copy.failed.get(owner, "it is not known")
    return Answer(text=asked.text, reason=f"the scratch server cannot create the live one: {why}")


def _is_same_query(part: Part, base: Base, copy: LiveCopy) -> bool:
    """Return whether the two definitions of a view differ in aliases alone."""
    kind, schema, name, _ = part
    tree = None if part[:3] in copy.failed else copy.trees.get((schema, name))
    return kind in _RELATIONS and tree is not None and tree == base.trees.get((schema, name))


def _is_run(item: SqlObject) -> bool:
    """Return whether a server of ours runs the statement: it has no roles to grant anything to."""
    return item.kind != "grant"


def _name(item: Any) -> tuple[str, str | None, str]:
    return item.schema, item.table, item.name


def _part(expression: Expression) -> Part:
    return (
        expression.definition_of,
        expression.schema,
        expression.table,
        expression.column,
    )
