"""One statement of a plan, with the locks that it takes and the work that it does.

The facts were measured on PostgreSQL 15 to 18; the proof of a plan measures them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

TableName: TypeAlias = tuple[str, str]
"""A schema and a table in it."""


class Lock(StrEnum):
    """A lock on a table, as PostgreSQL names it; weaker ones come first."""

    ROW_SHARE = "ROW SHARE"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    SHARE = "SHARE"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
    EXCLUSIVE = "EXCLUSIVE"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"

    @property
    def strength(self) -> int:
        """The position among the locks, so that a stronger lock has a greater number."""
        return list(Lock).index(self)

    @property
    def effect(self) -> str:
        """The statements of others that wait for this lock."""
        return _EFFECTS[self]

    @property
    def needs_timeout(self) -> bool:
        """Whether a wait for it makes reads or writes of others wait, too."""
        return self.strength >= Lock.SHARE.strength


_EFFECTS = {
    Lock.ROW_SHARE: "reads and writes go on",
    Lock.ROW_EXCLUSIVE: "reads and writes of other rows go on",
    Lock.SHARE_UPDATE_EXCLUSIVE: "reads and writes go on; other schema changes and VACUUM wait",
    Lock.SHARE: "writes wait",
    Lock.SHARE_ROW_EXCLUSIVE: "writes wait",
    Lock.EXCLUSIVE: "writes wait",
    Lock.ACCESS_EXCLUSIVE: "reads and writes wait",
}


class Work(StrEnum):
    """The work of a statement on the rows of a table; more work comes later."""

    CATALOG = "catalog only"
    BATCHES = "batches"
    SCAN = "scan"
    BUILD = "index build"
    REWRITE = "rewrite"

    @property
    def amount(self) -> int:
        """The position among the kinds of work."""
        return list(Work).index(self)


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One statement, without a semicolon.

    `locks` are on tables that exist before the plan. `done` is a condition that is true once
    the statement was run: only statements that PostgreSQL refuses to run twice have one.
    `action` is the name of Alembic's operation, `item` the object that it is about and `options`
    its other arguments; without an action, only SQL can say it. `excuses` are the rules of
    squawk that it breaks, with the reason.
    """

    sql: str
    locks: Mapping[TableName, Lock] = {}
    work: Work = Work.CATALOG
    transactional: bool = True
    done: str = ""
    action: str = ""
    item: Any = None
    options: Mapping[str, Any] = {}
    excuses: Mapping[str, str] = {}
