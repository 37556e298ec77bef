"""Views, functions and other objects that the project declares as SQL: they are no part of a plan.

drift does not know what depends on such an object, so it shows the statement instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drift.kinds import KINDS
from drift.kinds.base import noun_of
from drift.kinds.sql_object import SqlObjectKind
from drift.plan.context import Context
from drift.plan.recipe import Change, Outcome, Refused

_KINDS: dict[str, SqlObjectKind[Any]] = {
    kind.name: kind for kind in KINDS if isinstance(kind, SqlObjectKind)
}


def created(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the statement that creates an object, or replaces it."""
    del context
    yield Refused(f"plans do not change {_plural(change)}; {_creation(change)}")


def extra(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the statement that drops an object."""
    del context
    statement = _KINDS[change.kind].removal(change.present)
    yield Refused(f"plans do not drop {_plural(change)}; write {statement} into a migration")


def _plural(change: Change) -> str:
    noun = noun_of(change.kind)
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def _creation(change: Change) -> str:
    """Return the statement in one line; only a hint at it if white space may mean something."""
    kind, item = _KINDS[change.kind], change.wanted
    sql = kind.repair(item, change.present)
    line = " ".join(sql.split())
    if not sql or "'" in sql or "$" in sql or ('"' in sql and line != sql):
        return "run the statement that declares it, in a migration"
    return f"write into a migration: {line}"
