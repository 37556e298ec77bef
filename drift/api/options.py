"""The options of the Python interface: keyword arguments in, a `Target` out.

They have the names, meanings and forms of the configuration's keys, whose reader validates them.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

import msgspec

from drift.config import IgnoreEntry, Target
from drift.config.reader import Reader, Value
from drift.config.settings import TargetSection
from drift.errors import ConfigurationError
from drift.kinds import RULES
from drift.model import Severity

Ignore: TypeAlias = "IgnoreEntry | str | Mapping[str, Any]"


class Options(TypedDict, total=False):
    """Keyword arguments that every function takes; all are optional.

    `ignore` has entries as in drift.yaml (dictionaries with rule, object, reason and until), or
    strings `rule:object`. `severity` is by rule or pattern, `schemas` are compared in addition to
    those of the models, `bind` selects the models with this __bind_key__. `name` is the name in
    the report, `hint` a sentence at the end of a report with differences. Timeouts are in seconds,
    or such as "500ms". With `tables`, names or patterns with the schema or without, only these
    tables are compared, and no object outside of a table.
    """

    ignore: Sequence[Ignore]
    severity: Mapping[str, str | None]
    schemas: Sequence[str]
    bind: str | None
    name: str
    hint: str
    tables: Sequence[str]
    connect_timeout: float | str
    statement_timeout: float | str
    lock_timeout: float | str


def target_of(options: Options, caller: str = "drift") -> Target:
    """Return the settings. Raises TypeError for an unknown option, and ConfigurationError."""
    given: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
    for name in given.keys() - Options.__annotations__.keys():
        raise TypeError(f"{caller}() got an unexpected keyword argument {name!r}")
    name = str(given.pop("name", "default"))
    tables = _patterns(given.pop("tables", ()))
    ignore = given.pop("ignore", ())
    if isinstance(ignore, str | Mapping):
        raise ConfigurationError([f"ignore: expected a list of entries, not {ignore!r}"])
    entries = [_entry(item) for item in ignore]
    if written := [item for item in entries if not isinstance(item, IgnoreEntry)]:
        given["ignore"] = written
    fields = _validated(given) if given else {}
    read = iter(fields.pop("ignore", ()))
    complete = tuple(
        item
        if isinstance(item, IgnoreEntry)
        else msgspec.structs.replace(next(read), declared_at=f"ignore[{number}]")
        for number, item in enumerate(entries)
    )
    return Target(name=name, ignore=complete, tables=tables, **fields)


def _patterns(tables: Any) -> tuple[str, ...]:
    """Return the patterns of tables. Raises ConfigurationError."""
    is_list = isinstance(tables, Sequence | set | frozenset) and not isinstance(tables, str)
    if not is_list or not all(isinstance(item, str) and item for item in tables):
        raise ConfigurationError([f"tables: expected a list of names or patterns, not {tables!r}"])
    return tuple(map(str, tables))


def level_of(name: str) -> Severity:
    """Return the severity of `fail_on`. Raises ConfigurationError."""
    if name not in (levels := [*map(str, Severity)]):
        raise ConfigurationError([f"fail_on: {name!r} is not one of {', '.join(levels)}"])
    return Severity(name)


def _entry(item: Ignore) -> IgnoreEntry | Mapping[str, Any]:
    """Return an entry; a string `rule:object` gives a reason of its own."""
    if not isinstance(item, str):
        return item
    rule, _, pattern = item.partition(":")
    return {"rule": rule, "object": pattern, "reason": "ignored in code"}


def _validated(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a target by the reader of the configuration."""
    import yaml

    written = {key: _plain(value, key) for key, value in values.items()}
    node = yaml.compose(yaml.safe_dump(written), Loader=yaml.SafeLoader)
    assert node is not None
    reader = Reader("", {}, RULES)
    fields = reader.fields(TargetSection, reader.entries(Value(node=node, key="", line=1)))
    try:
        reader.finish()
    except ConfigurationError as error:
        problems = [re.sub(r"^:\d+: ", "", line) for line in error.problems]
        raise ConfigurationError(problems) from None
    return fields


def _plain(value: Any, key: str) -> Any:
    """Return a value of types that YAML has; text is no reference to a variable."""
    if isinstance(value, str):
        return str(value).replace("${", "$${")
    if isinstance(value, Mapping):
        return {str(name): _plain(item, key) for name, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [_plain(item, key) for item in value]
    if value is None or isinstance(value, bool | int | float | datetime.date):
        return value
    raise ConfigurationError([f"{key}: holds a value of the type {type(value).__qualname__}"])
