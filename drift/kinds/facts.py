"""The base of the public facts that reports show of objects, and facts that several kinds have.

A kind's struct holds the data that drift needs; its facts are a contract with the programs that
read reports, so that a field of the struct can change, and a fact cannot.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

Strings: TypeAlias = tuple[str, ...]


def means(description: str) -> msgspec.Meta:
    """Describe a fact in the JSON Schema of the report."""
    return msgspec.Meta(description=description)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every kind's facts."""


Columns: TypeAlias = Annotated[Strings, means("Names of columns, in order.")]
Include: TypeAlias = Annotated[Strings, means("INCLUDE: columns that the index only stores.")]
SqlText: TypeAlias = Annotated[
    str | None, means("As SQL; null if there is none, or if a lock of another session hides it.")
]
Method: TypeAlias = Annotated[str, means("The access method of the index, such as `btree`.")]
NullsNotDistinct: TypeAlias = Annotated[
    bool, means("NULLS NOT DISTINCT: two rows with NULL are duplicates.")
]
Validated: TypeAlias = Annotated[bool, means("False: NOT VALID, old rows were not checked.")]
Enforced: TypeAlias = Annotated[bool, means("False: NOT ENFORCED, PostgreSQL checks nothing.")]
Storage: TypeAlias = Annotated[dict[str, str], means("Storage parameters, such as `fillfactor`.")]
Comment: TypeAlias = Annotated[str | None, means("The comment on the object.")]
Collation: TypeAlias = Annotated[
    str | None, means("The collation, if it is not the default one of the type.")
]


class DeferrableFacts(Facts, frozen=True, kw_only=True):
    """When a constraint is checked."""

    deferrable: Annotated[bool, means("Whether a transaction can defer the check to COMMIT.")]
    initially_deferred: Annotated[bool, means("Whether it is deferred unless one says otherwise.")]


class OptionFacts(Facts, frozen=True, kw_only=True):
    """The options of a sequence; null is left to PostgreSQL."""

    start: int | None
    increment: int | None
    minimum: int | None
    maximum: int | None
    cycle: bool | None
    cache: int | None
