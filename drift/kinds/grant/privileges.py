"""Sets of privileges, of one role on one table or schema."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from drift.kinds.grant.statements import TABLE, Entry, Statement
from drift.kinds.sql import types

Name: TypeAlias = "tuple[str, str]"
"""A privilege, and a column or "" for all of them."""
Privileges: TypeAlias = "Mapping[Name, bool]"
"""Whether each privilege can be granted to others, by its name and its column."""


def by_name(entries: Iterable[Entry]) -> Privileges:
    """Return the privileges of entries, some of which may come from several grantors."""
    known: dict[Name, bool] = {}
    for privilege, column, option in entries:
        known[privilege, column] = known.get((privilege, column), False) or option
    return known


def entries_of(privileges: Privileges) -> tuple[Entry, ...]:
    """Return the entries of privileges, in order."""
    return tuple(sorted((*name, option) for name, option in privileges.items()))


def result(history: Iterable[Statement]) -> tuple[tuple[Entry, ...], tuple[Name, ...]]:
    """Return the privileges after statements, and the names of those that were revoked."""
    known: dict[Name, bool] = {}
    revoked: set[Name] = set()
    for statement in history:
        names = {(privilege, column): option for privilege, column, option in statement.entries}
        if statement.verb == "GRANT":
            known |= {name: known.get(name, False) or option for name, option in names.items()}
            revoked -= names.keys()
        elif statement.option_only:
            known |= {name: False for name in names if name in known}
        else:
            revoked |= names.keys()
            known = dict(by_name(without(entries_of(known), names)))
    return entries_of(known), tuple(sorted(revoked))


def without(entries: Iterable[Entry], names: Collection[Name]) -> tuple[Entry, ...]:
    """Return the entries that a REVOKE leaves; one from a table is one from its columns, too."""
    return tuple(e for e in entries if e[:2] not in names and (e[0], "") not in names)


def simplest(entries: Iterable[Entry], columns: Collection[str]) -> tuple[Entry, ...]:
    """Return the entries with one for the table instead of one for each of its columns."""
    known = dict(by_name(entries))
    for privilege in {name for name, _ in known}:
        by_column = {c: flag for (name, c), flag in known.items() if name == privilege and c}
        whole = known.get((privilege, ""))
        for option in (True, False):
            has = {column for column, flag in by_column.items() if flag or not option}
            if columns and has.issuperset(columns) and (whole is None or option > whole):
                whole = known[privilege, ""] = option
        for column, flag in by_column.items():
            if whole is not None and whole >= flag:
                del known[privilege, column]
    return entries_of(known)


def as_written(
    declared: Iterable[Entry], live: Iterable[Entry], columns: Collection[str], own: Collection[str]
) -> tuple[Entry, ...]:
    """Return the declared entries in their simplest form; as they are live if they are the same.

    `columns` are the declared ones, `own` those of the live table, which may have more.
    """
    raw, known = by_name(declared), by_name(live)
    same = {name for name, _ in raw if _only(raw, name) == _only(known, name)}
    simple = [entry for entry in simplest(entries_of(raw), columns) if entry[0] not in same]
    return tuple(sorted([*simple, *(e for e in simplest(live, own) if e[0] in same)]))


def _only(privileges: Privileges, name: str) -> Privileges:
    return {each: option for each, option in privileges.items() if each[0] == name}


def with_newer(declared: tuple[Entry, ...], live: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the declared entries of all privileges with MAINTAIN if the live side has it.

    GRANT ALL has no MAINTAIN before PostgreSQL 17, and a database keeps that when it is upgraded.
    """
    known = by_name(declared)
    if all((privilege, "") in known for privilege in TABLE):
        newer = {name: flag for name, flag in by_name(live).items() if name == ("MAINTAIN", "")}
        known = {**newer, **known}
    return entries_of(known)


def shown(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return privileges as SQL has them, such as `UPDATE (email) WITH GRANT OPTION`."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for privilege, column, option in entries:
        groups.setdefault((privilege, option), []).append(column)
    return tuple(
        f"{privilege}{_listed(columns)}{' WITH GRANT OPTION' if option else ''}"
        for (privilege, option), columns in sorted(groups.items())
    )


def _listed(columns: Iterable[str]) -> str:
    names = [types.quote(column) for column in columns if column]
    return f" ({', '.join(names)})" if names else ""
