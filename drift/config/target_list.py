"""Targets from a list: a database's URL on each line, or a JSON object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from drift import database_url
from drift.config.problems import InvalidValueError, UndefinedVariableError
from drift.config.settings import Target
from drift.config.variables import substitute
from drift.errors import ConfigurationError, DatabaseError
from drift.lazy_regex import lazy_regex

_UNNAMEABLE = lazy_regex(r"[^\w.-]+")
_NAME = lazy_regex(r"\w[\w.-]*")
_PORT = "5432"


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A target as an object; keys that it leaves out come from the configuration."""

    database: str
    name: str | None = None
    models: tuple[str, ...] | str | None = None
    schemas: tuple[str, ...] | str | None = None


def read_targets(
    text: str, source: str, base: Target, environment: Mapping[str, str]
) -> list[Target]:
    """Return the targets that the lines name; everything else comes from `base`.

    Empty lines and lines that begin with # are skipped. Raises ConfigurationError with every
    problem, each with its line; `source` names the list in messages.
    """
    targets: dict[str, Target] = {}
    lines: dict[str, int] = {}
    problems = []
    for number, line in _lines(text):
        try:
            given = _decode(line) if line.startswith("{") else _Line(database=line)
            target = _target(given, number, base, environment)
        except UndefinedVariableError as problem:
            name, reason = given.name or f"line-{number}", f"{source}:{number}: {problem}"
            target = msgspec.structs.replace(base, name=name, problems=(reason,))
        except InvalidValueError as problem:
            problems.append(f"{source}:{number}: {problem}")
            continue
        if target.name in targets:
            problems.append(
                f"{source}:{number}: line {lines[target.name]} is named {target.name} too; name "
                'them apart with {"name": …, "database": …}'
            )
        targets[target.name], lines[target.name] = target, number
    if not targets and not problems:
        problems.append(f"{source}: names no target; write the URL of a database on each line")
    unset = [reason for target in targets.values() for reason in target.problems]
    if problems or len(unset) == len(targets):  # a variable fails its own target alone
        raise ConfigurationError([*problems, *unset])
    return list(targets.values())


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()


def _target(given: _Line, number: int, base: Target, environment: Mapping[str, str]) -> Target:
    database = substitute(given.database, environment)
    if not database.strip():  # else the configuration's, or DATABASE_URL, would be checked
        raise InvalidValueError("the database is empty; write its URL")
    name = given.name if given.name is not None else _name(database, number)
    if not _NAME.fullmatch(name):
        raise InvalidValueError("a target's name has letters, digits, '_', '-' and '.' only")
    changes: dict[str, Any] = {"name": name, "database": database}
    for key in ("models", "schemas"):
        value = getattr(given, key)
        if value is not None:
            changes[key] = (value,) if isinstance(value, str) else value
            if not all(text.strip() for text in changes[key]):
                raise InvalidValueError(f"{key} is empty; write a value, or leave {key} out")
    return msgspec.structs.replace(base, **changes)


def _decode(line: str) -> _Line:
    try:
        return msgspec.json.decode(line, type=_Line)
    except msgspec.DecodeError as problem:
        raise InvalidValueError(f"not a target: {problem}") from None


def _name(database: str, number: int) -> str:
    """Return the host and the database's name of a URL, as a target's name.

    A URL that cannot be read may hold its password anywhere: its line is its name.
    """
    if not database_url.is_url(database):
        raise InvalidValueError('write a URL, or {"name": …, "database": …}')
    try:
        url = database_url.split(database)
    except DatabaseError:
        return f"line-{number}"
    hosts = "-".join(map(_host, url.hosts))
    name = ".".join(filter(None, (hosts, unquote(url.name).strip("/"))))
    return _UNNAMEABLE.sub("-", name).strip("-.") or f"line-{number}"


def _host(host: tuple[str, str]) -> str:
    name, port = host
    return f"{name.lower()}-{port}" if port not in {"", _PORT} else name.lower()
