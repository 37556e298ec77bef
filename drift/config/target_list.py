"""Targets from a list: a database's URL on each line, or a JSON object."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from drift.config.problems import InvalidValueError
from drift.config.settings import Target
from drift.config.variables import substitute
from drift.errors import ConfigurationError

_UNNAMEABLE = re.compile(r"[^\w.-]+")
_NAME = re.compile(r"\w[\w.-]*")
_PORT = 5432


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A target as an object; what it leaves out is the configuration's."""

    database: str
    name: str | None = None
    models: tuple[str, ...] | str | None = None
    schemas: tuple[str, ...] | str | None = None


def read_targets(
    text: str, place: str, base: Target, environment: Mapping[str, str]
) -> list[Target]:
    """Return the targets that the lines name; all else about them is `base`'s.

    Empty lines and lines that begin with # say nothing. Raises ConfigurationError with every
    problem, each with its line.
    """
    found: dict[str, Target] = {}
    lines: dict[str, int] = {}
    problems = []
    for number, line in _lines(text):
        try:
            target = _target(line, base, environment)
        except InvalidValueError as problem:
            problems.append(f"{place}:{number}: {problem}")
            continue
        if target.name in found:
            problems.append(
                f"{place}:{number}: line {lines[target.name]} is named {target.name} too; name "
                'them apart with {"name": …, "database": …}'
            )
        found[target.name], lines[target.name] = target, number
    if not found and not problems:
        problems.append(f"{place}: names no target; write the URL of a database on each line")
    if problems:
        raise ConfigurationError(problems)
    return list(found.values())


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()


def _target(line: str, base: Target, environment: Mapping[str, str]) -> Target:
    given = _decode(line) if line.startswith("{") else _Line(database=line)
    database = substitute(given.database, environment)
    name = given.name if given.name is not None else _name(database)
    if not _NAME.fullmatch(name):
        raise InvalidValueError("a target's name has letters, digits, '_', '-' and '.' only")
    changes: dict[str, Any] = {"name": name, "database": database}
    for key in ("models", "schemas"):
        value = getattr(given, key)
        if value is not None:
            changes[key] = (value,) if isinstance(value, str) else value
    return msgspec.structs.replace(base, **changes)


def _decode(line: str) -> _Line:
    try:
        return msgspec.json.decode(line, type=_Line)
    except msgspec.DecodeError as problem:
        raise InvalidValueError(f"no target: {problem}") from None


def _name(database: str) -> str:
    """Return the host and the database's name of a URL, as a target's name."""
    try:
        url = urlsplit(database)
        port = url.port
    except ValueError:
        raise InvalidValueError("this is no database's URL") from None
    if not url.scheme or "://" not in database:
        raise InvalidValueError('write a URL, or {"name": …, "database": …}')
    host = url.hostname or ""
    where = f"{host}-{port}" if port not in {None, _PORT} else host
    return _UNNAMEABLE.sub("-", ".".join(filter(None, (where, url.path.strip("/"))))).strip("-.")
