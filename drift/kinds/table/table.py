"""A table, or a view or foreign table instead of it, as drift holds it, and its public facts."""

from __future__ import annotations

from typing import Annotated

from drift.kinds.facts import Comment, Facts, Storage, Strings, means
from drift.model import DatabaseObject


class Table(DatabaseObject, frozen=True, kw_only=True):
    """A relation. `managed` names its owner if that is not the models, such as an extension."""

    relation: str = "table"
    comment: str | None = None
    unlogged: bool = False
    partition_key: str | None = None
    inherits: tuple[str, ...] = ()
    storage: tuple[tuple[str, str], ...] = ()
    readable: bool = True
    managed: str | None = None
    locked: bool = False
    insertable: bool = True

    @property
    def stores_rows(self) -> bool:
        """Whether it can have constraints and indexes as declared: a table, not a view."""
        return self.relation in {"table", "partitioned table"}


class TableFacts(Facts, frozen=True, kw_only=True):
    """A table, or a view or foreign table instead of it."""

    relation: Annotated[
        str,
        means(
            "`table`, `partitioned table`, `view`, `materialized view` or `foreign table`; "
            "`view of any kind` if the models only say that it is one."
        ),
    ]
    comment: Comment
    unlogged: bool
    partition_key: Annotated[str | None, means("Such as `RANGE (created_at)`.")]
    inherits: Annotated[Strings, means("The parent tables.")]
    storage: Storage
