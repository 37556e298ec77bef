"""A foreign key as drift holds it, and its public facts."""

from __future__ import annotations

from typing import Annotated

from drift.kinds.facts import (
    Columns,
    DeferrableFacts,
    Enforced,
    Facts,
    Strings,
    Validated,
    means,
)
from drift.model import DatabaseObject


class ForeignKey(DatabaseObject, frozen=True, kw_only=True):
    """A foreign key; actions as SQL has them (`NO ACTION`, `CASCADE`, `SET NULL (a)`…)."""

    columns: tuple[str, ...]
    target_schema: str
    target_table: str
    target_columns: tuple[str, ...]
    on_delete: str = "NO ACTION"
    delete_columns: tuple[str, ...] = ()
    on_update: str = "NO ACTION"
    match: str = "SIMPLE"
    deferrable: bool = False
    initially_deferred: bool = False
    validated: bool = True
    enforced: bool = True
    active: bool = True

    @property
    def target(self) -> str:
        """The referenced table, as `schema.table`."""
        return f"{self.target_schema}.{self.target_table}"


class ForeignKeyFacts(DeferrableFacts, frozen=True, kw_only=True):
    """A foreign key."""

    columns: Columns
    target: Annotated[str, means("The referenced table, as `schema.table`.")]
    target_schema: str
    target_table: str
    target_columns: Columns
    on_delete: Annotated[str, means("`NO ACTION`, `RESTRICT`, `CASCADE`, `SET NULL`, …")]
    delete_columns: Annotated[Strings, means("The columns of ON DELETE SET NULL (…).")]
    on_update: Annotated[str, means("As `on_delete`.")]
    match: Annotated[str, means("`SIMPLE` or `FULL`.")]
    validated: Validated
    enforced: Enforced
    active: Annotated[bool, means("False: the triggers that check it are disabled.")]


class KeyEnds(Facts, frozen=True, kw_only=True):
    """The two columns of a foreign key whose types PostgreSQL does not compare."""

    columns: Columns
    target: Annotated[str, means("The referenced table, as `schema.table`.")]
    target_columns: Columns


class KeyTypes(Facts, frozen=True, kw_only=True):
    """The types of those two columns."""

    type: str
    target_type: str
