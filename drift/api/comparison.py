"""Compares any two sides, and reads the schema of a live one."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Unpack

from drift.api.checking import reported
from drift.api.database import access
from drift.api.frames import cleared
from drift.api.options import Options, target_of
from drift.api.sides import Opened, opened
from drift.check import clock, notes
from drift.check.diff import with_access
from drift.check.offline import compare_offline
from drift.check.pair import Pair
from drift.check.reading import timeouts_of
from drift.config import Settings
from drift.sources.database import session as sessions
from drift.sources.database.reflection import CatalogReading, require_schemas
from drift.sources.database.retry import persist
from drift.sources.database.scope import DEFAULT, Scope
from drift.sources.reflected import Reflected

if TYPE_CHECKING:
    from drift.api.report import Report
    from drift.config import Target
    from drift.model import Schema
    from drift.report.report import Check
    from drift.sources.database.reflection import Reflection
    from drift.sources.database.session import Access
    from drift.sources.interface import Expected, Note


@cleared
def compare(left: Any, right: Any, **options: Unpack[Options]) -> Report:
    """Compare two sides, as `drift diff` does. Raises DriftError if that cannot be done.

    A side is anything that `check` takes as models or as a database, a result of `load_models` or
    `reflect`, or "snapshot:FILE". Without a live database, expressions that differ are compared as
    text only.

    >>> drift.compare(drift.reflect(engine), engine).in_sync
    True
    """
    began = clock.start()
    target = target_of(options, "compare")
    with ExitStack() as stack:
        sides = [opened(value, target, stack) for value in (left, right)]
        made = _compared(_pair(sides, target), *sides)
    secrets = [text for side in sides if side.access for text in side.access.secrets]
    return reported(made, began, secrets)


def _pair(sides: list[Opened], target: Target) -> Pair:
    labels = [side.label for side in sides]
    if labels[0] == labels[1]:
        labels = [f"left {labels[0]}", f"right {labels[1]}"]
    named = [side.named(label, target) for side, label in zip(sides, labels, strict=True)]
    return Pair(left=named[0], right=named[1], target=target, settings=Settings(targets=()))


def _compared(pair: Pair, left: Opened, right: Opened) -> Check:
    """Compare one side with the database of the other; the right one, if both are live."""
    ignore: Note = lambda _: None  # noqa: E731
    if right.access is None and left.access is None:
        return compare_offline(pair, left.side, right.side, note=ignore, scratch=None)
    if right.access is not None:
        named, holder, actual, live = pair.left, left, pair.right, right
    else:
        named, holder, actual, live = pair.right, right, pair.left, left
    expected = _expected(holder, named.label, pair.target)
    notes_of = notes.binds(pair.target, expected)
    return with_access(pair, (named, expected), (actual, live.live), ignore, notes_of)


def _expected(holder: Opened, label: str, target: Target) -> Expected:
    if holder.access is None:
        expected: Expected = holder.side.expected().of(target.bind)
        return expected
    scope = Scope(schemas=(DEFAULT, *target.schemas), everywhere=not target.schemas)
    return Reflected(_read(holder.access, scope, target).schema, "database", label)


@cleared
def reflect(database: Any, **options: Unpack[Options]) -> Schema:
    """Return the live schema of a database: its default schema, and those of `schemas`.

    `objects` of the result has tables, columns and everything else by kind. Raises DriftError.

    >>> [column.name for column in drift.reflect(engine).objects["column"]]
    ['id', 'name']
    """
    if "tables" in options:
        raise TypeError("reflect() got an unexpected keyword argument 'tables'")
    target = target_of(options, "reflect")
    with access(database) as live:
        reflection = _read(live, Scope(schemas=(DEFAULT, *target.schemas)), target)
    require_schemas(target.schemas, reflection)
    return reflection.schema


def _read(database: Access, scope: Scope, target: Target) -> Reflection:
    def read(seconds: float) -> Reflection:
        limits = timeouts_of(target)._replace(connect=seconds)
        with sessions.opened(database, limits) as session:
            with CatalogReading(session, scope, limits) as reading:
                reflection = reading.finish()
            session.rollback()
        return reflection

    return persist(read, target.connect_timeout, lambda _: None)
