"""Reads what a CREATE statement creates, and under which name, without a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from drift.kinds.metadata.declaration import truncate
from drift.kinds.sql.text import Piece, pieces
from drift.kinds.sql_object import SqlObject
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
_LONGEST_HEADER = 40
"""Pieces of a statement in which the name must be; a long query is read no further."""


def sql_object(statement: str, location: Location | None = None) -> SqlObject:
    """Return what a statement creates; of no kind if that is nothing that drift compares.

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
    return SqlObject(
        kind=kind,
        name=name[-1],
        schema=None if kind == "extension" else schema,
        table=table,
        statements=(statement,),
        location=location,
    )


def _name(rest: Sequence[Piece]) -> tuple[str, ...]:
    """Return the parts of the name that comes next; empty if none does."""
    if not rest or not rest[0].is_name:
        return ()
    parts = [rest[0]]
    dots = zip(rest[1::2], rest[2::2], strict=False)
    for _, part in takewhile(lambda pair: pair[0].text == "." and pair[1].is_name, dots):
        parts.append(part)
    return tuple(map(_folded, parts[-2:]))


def _folded(piece: Piece) -> str:
    """Return a name as PostgreSQL stores it: in lower case unless it is quoted."""
    quoted = piece.text.startswith('"')
    return truncate(piece.text[1:-1].replace('""', '"') if quoted else piece.text.lower())
