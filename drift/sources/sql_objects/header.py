"""Reads the kind and name of the object that a CREATE statement creates, without a server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from drift.kinds.grant.statements import ALL_TABLES, parse
from drift.kinds.policy_roles import without_roles
from drift.kinds.sql.names import folded
from drift.kinds.sql.text import Piece, pieces
from drift.kinds.sql_object import SqlObject
from drift.lazy_regex import lazy_regex
from drift.model import Location

_KINDS: Mapping[str, str] = {
    "MATERIALIZED VIEW": "materialized-view",
    "VIEW": "view",
    "FUNCTION": "function",
    "PROCEDURE": "function",
    "TRIGGER": "trigger",
    "POLICY": "policy",
    "EXTENSION": "extension",
}
"""The kind of the object by the words after CREATE."""
_SKIPPED = frozenset("OR REPLACE TEMP TEMPORARY RECURSIVE CONSTRAINT IF NOT EXISTS".split())
_ON_TABLE = frozenset({"trigger", "policy"})
_GRANTS = lazy_regex(r"\s*(?:GRANT|REVOKE)\b", re.IGNORECASE)
_LONGEST_HEADER = 40
"""Pieces of a statement in which the name must be; a long query is read no further."""


def sql_objects(statement: str, location: Location | None = None) -> Iterator[SqlObject]:
    """Yield the objects of a statement: one, or one per table and role of a GRANT."""
    parsed = parse(statement) if _GRANTS.match(statement) else None
    if parsed is None:
        yield sql_object(statement, location)
        return
    for target in parsed.targets:
        for role in parsed.grantees:
            table = ALL_TABLES if target.all_tables else target.table
            yield SqlObject(
                kind="grant",
                name=role,
                schema=target.schema,
                table=table,
                statements=(statement,),
                location=location,
            )


def sql_object(statement: str, location: Location | None = None) -> SqlObject:
    """Return the object that a statement creates; without a kind if drift does not compare it.

    >>> sql_object('CREATE OR REPLACE VIEW app."Active" AS SELECT 1').title
    'view app.Active'
    """
    words = pieces(statement[:20_000])
    if not words or words[0].word != "CREATE":
        return _other(statement, location)
    rest = [word for word in words[1:_LONGEST_HEADER] if word.word not in _SKIPPED]
    for noun, kind in _KINDS.items():
        length = noun.count(" ") + 1
        if " ".join(word.word for word in rest[:length]) == noun:
            return _named(kind, statement, rest[length:], location)
    return _other(statement, location)


def _other(statement: str, location: Location | None) -> SqlObject:
    title = " ".join(statement.split()[:4])
    return SqlObject(kind="", name=title, statements=(statement,), location=location)


def _named(
    kind: str, statement: str, rest: Sequence[Piece], location: Location | None
) -> SqlObject:
    name = _name(rest)
    if not name:
        return _other(statement, location)
    schema, table = name[0] if len(name) > 1 else None, None
    if kind in _ON_TABLE:
        after = [index for index, piece in enumerate(rest) if piece.word == "ON"]
        owner = _name(rest[after[0] + 1 :]) if after else ()
        if not owner:
            return _other(statement, location)
        schema, table = owner[0] if len(owner) > 1 else None, owner[-1]
    roles = None
    if kind == "policy":
        statement, roles = without_roles(statement)
    return SqlObject(
        kind=kind,
        name=name[-1],
        schema=None if kind == "extension" else schema,
        table=table,
        statements=(statement,),
        location=location,
        roles=roles,
    )


def _name(rest: Sequence[Piece]) -> tuple[str, ...]:
    """Return the parts of the name that comes next; empty if none does."""
    if not rest or not rest[0].is_name:
        return ()
    parts = [rest[0]]
    dots = zip(rest[1::2], rest[2::2], strict=False)
    for _, part in takewhile(lambda pair: pair[0].text == "." and pair[1].is_name, dots):
        parts.append(part)
    return tuple(folded(part.text) for part in parts[-2:])
