"""Reads GRANT and REVOKE statements, which no server of ours runs: it need not have their roles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from drift.kinds.sql.names import folded, name_lists
from drift.kinds.sql.text import Piece, pieces, split_list

Entry: TypeAlias = "tuple[str, str, bool]"
"""A privilege, a column or "" for all of them, and whether it can be granted to others."""

TABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
"""The privileges on a table that every version has."""
ALL_TABLES = "*"
"""Stands for the name of a table, in ON ALL TABLES IN SCHEMA; no table has it by chance."""
_SCHEMA = ("USAGE", "CREATE")
_NEWER = ("MAINTAIN",)
_WHOEVER = frozenset({"CURRENT_USER", "CURRENT_ROLE", "SESSION_USER"})


class Target(NamedTuple):
    """A table, a schema, or all tables of a schema; `schema` None: the search path decides."""

    schema: str | None
    table: str | None = None
    all_tables: bool = False


class Statement(NamedTuple):
    """A GRANT, or a REVOKE of privileges, or of the option to grant them only."""

    verb: str
    entries: tuple[Entry, ...]
    targets: tuple[Target, ...]
    grantees: tuple[str, ...]
    option_only: bool = False


def parse(statement: str) -> Statement | None:
    """Return a statement about tables and schemas; None for any other.

    >>> parse("GRANT SELECT (id, name) ON users TO reader, PUBLIC").grantees
    ('reader', 'public')
    """
    words = [word for word in pieces(statement) if word.text != ";"]
    verb = words[0].word if words else ""
    on = _index(words, "ON")
    end = _index(words, {"GRANT": "TO", "REVOKE": "FROM"}.get(verb, ""))
    if not 0 < on < end:
        return None
    option_only = [word.word for word in words[1:4]] == ["GRANT", "OPTION", "FOR"]
    targets = tuple(_targets(words[on + 1 : end]))
    option = [word.word for word in words[end:]][-3:] == ["WITH", "GRANT", "OPTION"]
    every = TABLE if verb == "GRANT" else (*TABLE, *_NEWER)
    is_schema = any(target.table is None and not target.all_tables for target in targets)
    listed = words[4 if option_only else 1 : on]
    entries = tuple(_entries(statement, listed, _SCHEMA if is_schema else every, option))
    grantees = tuple(_grantees(words[end + 1 :]))
    if not (entries and targets and grantees):
        return None
    return Statement(verb, entries, targets, grantees, option_only)


def default_grantees(statement: str) -> tuple[str, ...]:
    """Return the roles that get privileges on future tables, by ALTER DEFAULT PRIVILEGES."""
    words = pieces(statement)
    if [word.word for word in words[:3]] != ["ALTER", "DEFAULT", "PRIVILEGES"]:
        return ()
    return tuple(_grantees(words[_index(words, "TO") + 1 :])) if _index(words, "TO") > 0 else ()


def _index(words: Sequence[Piece], keyword: str) -> int:
    """Return the index of the first keyword, which is no quoted name; -1 if there is none."""
    return next((index for index, word in enumerate(words) if word.word == keyword), -1)


def _targets(words: Sequence[Piece]) -> Iterator[Target]:
    nouns = [word.word for word in words]
    if nouns[:4] == ["ALL", "TABLES", "IN", "SCHEMA"]:
        for name in name_lists(words[4:]):
            yield Target(name[-1], all_tables=True)
    elif nouns[:1] == ["SCHEMA"] and len(nouns) > 1 and nouns[1] not in {",", "."}:
        for name in name_lists(words[1:]):
            yield Target(name[-1])
    else:
        is_table = nouns[:1] == ["TABLE"] and len(nouns) > 1 and nouns[1] not in {",", "."}
        rest = words[1:] if is_table else words
        # `ON SEQUENCE s` has two words without a comma: it is about something else
        if len(rest) == 2 * len(list(_parts(rest))) - 1:
            for name in name_lists(rest):
                yield Target(name[-2] if len(name) > 1 else None, name[-1])


def _parts(words: Sequence[Piece]) -> Iterator[Piece]:
    return (word for word in words if word.text not in {",", "."})


def _entries(
    statement: str, words: Sequence[Piece], every: Sequence[str], option: bool
) -> Iterator[Entry]:
    if not words:
        return
    for part in split_list(statement[words[0].start : words[-1].end]):
        privilege, *rest = pieces(part)
        columns = [word for word in rest if word.text.startswith("(")]
        names = split_list(columns[0].text[1:-1]) if columns else [""]
        if privilege.word == "ALL":
            privileges: Sequence[str] = _OF_COLUMNS if columns else every
        elif privilege.word in {*every, *_NEWER}:
            privileges = (privilege.word,)
        else:
            continue
        for each in privileges:
            for name in names:
                yield each, folded(name) if name else "", option


_OF_COLUMNS = ("SELECT", "INSERT", "UPDATE", "REFERENCES")


def _grantees(words: Sequence[Piece]) -> Iterator[str]:
    """Yield the roles; words such as CURRENT_USER, for the session's own role, are not known."""
    end = next((i for i, w in enumerate(words) if w.word in _AFTER_GRANTEES), len(words))
    listed = [word for word in words[:end] if word.word != "GROUP"]
    for word in listed:
        if word.text not in {",", ";"} and word.word not in _WHOEVER:
            yield folded(word.text)


_AFTER_GRANTEES = frozenset({"WITH", "GRANTED", "CASCADE", "RESTRICT"})
