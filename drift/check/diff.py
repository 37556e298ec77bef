"""Compares any two sides: the one path of `drift check`, with other names for the sides.

If the right side has a database, it is compared with what the left one has. If only the left one
has, the sides change places, and messages still name them correctly. Without any database, both
schemas are compared, and a scratch server is asked about expressions that differ as text.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from drift.check import clock, env_hooks, notes
from drift.check.env_hooks import NO_HOOKS, Hooks
from drift.check.offline import compare_offline
from drift.check.pair import NamedSide, Pair
from drift.check.reading import Manner
from drift.check.session import Compared, compare_with_database
from drift.check.target import differences, judged
from drift.errors import DatabaseError
from drift.kinds.sides import Sides
from drift.report.report import Check
from drift.scratch import Scratch
from drift.sources import open_source
from drift.sources.database.retry import persist
from drift.sources.interface import Context, Note
from drift.sources.reflected import Reflected

if TYPE_CHECKING:
    from drift.sources.database.session import Access
    from drift.sources.interface import Expected, Side


def diff(pair: Pair, *, note: Note, scratch: Scratch) -> Check:
    """Compare the two sides of a pair. Raises DriftError if that cannot be done."""
    began = clock.start()
    left, right = (_open(side, note, scratch) for side in (pair.left, pair.right))
    url = right.database()
    if url is not None:
        check = _with_database(pair, (pair.left, left), (pair.right, url), note, scratch)
    elif (url := left.database()) is not None:
        check = _with_database(pair, (pair.right, right), (pair.left, url), note, scratch)
    else:
        check = compare_offline(pair, left, right, note=note, scratch=scratch)
    return replace(check, started_at=began.at, duration=began.seconds())


def _open(side: NamedSide, note: Note, scratch: Scratch) -> Side:
    note(f"opening {side.label}")
    context = Context(target=side.target, environment=os.environ, note=note, scratch=scratch)
    return open_source(side.reference, context)


def _with_database(
    pair: Pair,
    expected_side: tuple[NamedSide, Side],
    actual_side: tuple[NamedSide, str],
    note: Note,
    scratch: Scratch,
) -> Check:
    """Compare the expected side with the database of the other one."""
    from drift.sources.database.connection import parse

    (named, side), (actual, url) = expected_side, actual_side
    everywhere = named.is_live and not pair.target.schemas
    with _problems_of(named):
        expected, own_notes = _expected(pair, named, side, everywhere=everywhere)
    with _problems_of(actual):
        address = parse(url)
    hooks = env_hooks.of_side(named, scratch, note)
    return with_access(pair, (named, expected), (actual, address), note, own_notes, hooks)


def with_access(  # noqa: PLR0913, PLR0917 — both sides, and what applies to them
    pair: Pair,
    expected_side: tuple[NamedSide, Expected],
    actual_side: tuple[NamedSide, Access],
    note: Note,
    own_notes: Iterable[str],
    hooks: Hooks = NO_HOOKS,
) -> Check:
    """Compare an expected side with a database; of two databases, every schema is compared."""
    (named, expected), (actual, access) = expected_side, actual_side
    everywhere = (named.is_live or hooks.include_schemas) and not pair.target.schemas
    sides = Sides(expected=named.label, actual=actual.label)
    manner = Manner(sides=sides, needs_tables=False, everywhere=everywhere)
    note(f"reading {actual.label}")

    def compare(seconds: float) -> Compared:
        return compare_with_database(pair.target, expected, access, seconds, manner)

    seconds = pair.target.connect_timeout
    with _problems_of(actual):
        result = persist(compare, seconds, lambda text: note(f"{actual.label}: {text}"))
    own_notes = [*own_notes, *notes.dropped(access.dropped)]
    target = replace(pair.target, name=pair.name)
    findings = differences(target, expected, result)
    check = judged(target, expected, result, findings, own_notes, hooks=hooks, access=access)
    server = result.reflection.server
    own = notes.privileges(server, actual.label) if actual.is_live else []
    usual = notes.privileges(server)
    return replace(
        check,
        notes=(*dict.fromkeys(text for text in check.notes if text not in usual), *own),
        actual_source=actual.reference.source,
        actual_name=actual.label,
        left="expected" if named is pair.left else "actual",
    )


@contextmanager
def _problems_of(side: NamedSide) -> Iterator[None]:
    """Name the side whose database has a problem."""
    try:
        yield
    except DatabaseError as problem:
        raise DatabaseError(f"{side.label}: {problem}") from None


def _expected(
    pair: Pair, named: NamedSide, side: Side, *, everywhere: bool
) -> tuple[Expected, Iterable[str]]:
    """Return the expected side, and notes about it."""
    if everywhere:
        from drift.sources.database.source import DatabaseSide

        assert isinstance(side, DatabaseSide)
        reflection = side.reflection(everywhere=True)
        own_notes = [
            *notes.by_others(reflection),
            *notes.privileges(reflection.server, named.label),
        ]
        return Reflected(reflection.schema, "database", named.label), own_notes
    expected = side.expected()
    if isinstance(expected, Reflected):
        return expected, []
    expected = expected.of(pair.target.bind)
    return expected, notes.binds(pair.target, expected)
