"""What each kind of value may look like."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import yaml

from drift.config.problems import (
    InvalidValueError,
    UndefinedVariableError,
    is_dotted,
    models_meant,
    shown,
    suggest,
)
from drift.config.reader import TAGGED, Converter, Reader, Value
from drift.config.variables import substitute
from drift.model import Severity

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*(ms|s|m|min|h|)")
_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_SHELL = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
OFF = "off"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_PATTERN = 1000
_BRACKETS = re.compile(r"\[!?\]?[^\]]*\]")


def _scalar(value: Value, reader: Reader, expected: str) -> str:
    """Return a scalar's text, whatever type YAML takes it for, with its variables' values."""
    if not isinstance(value.node, yaml.ScalarNode) or value.noun == TAGGED:
        raise InvalidValueError(f"expected {expected}, not {value.noun}")
    return substitute(value.node.value, reader.environment).strip()


def _printable(found: str) -> str:
    if not found:
        raise InvalidValueError("must not be empty")
    if _UNPRINTABLE.search(found):
        raise InvalidValueError("holds a line break, a control character or invalid Unicode")
    return found


def _string(value: Value, reader: Reader) -> str:
    found = _scalar(value, reader, "a string")
    if value.noun != "a string":
        raise InvalidValueError(f"expected a string, not {value.noun}; put it in quotes")
    return found


def text(value: Value, reader: Reader) -> str:
    """Return one line of text; what only variables leave empty fails its own target alone."""
    found = _string(value, reader)
    if not found and _raw(value).strip():
        raise UndefinedVariableError("must not be empty: its variables are not set or empty")
    return _printable(found)


def database(value: Value, reader: Reader) -> str:
    """Return the URL of a database, or libpq's `key=value`."""
    try:
        found = text(value, reader)
    except UndefinedVariableError as problem:  # a default would put a password into the file
        raise UndefinedVariableError(str(problem).partition(" or write a default")[0]) from None
    if name := _SHELL.fullmatch(_raw(value).strip()):
        raise InvalidValueError(
            f"the value is ${name[1]}, which is not filled in; write ${{{name[1]}}}"
        )
    return found


def sentence(value: Value, reader: Reader) -> str:
    """Return text that may have been written on several lines."""
    return _printable(" ".join(_string(value, reader).split()))


def module(value: Value, reader: Reader) -> str:
    """Return the dotted name of a module."""
    found = text(value, reader)
    if not is_dotted(found):
        raise InvalidValueError(f"{shown(_raw(value))} is not a module; write package.module")
    return found


def models(value: Value, reader: Reader) -> str:
    """Return `package.module:attribute`."""
    found = text(value, reader)
    path, colon, attribute = found.partition(":")
    if not (colon and is_dotted(path) and is_dotted(attribute)):
        raise InvalidValueError(
            f"{shown(_raw(value))} does not name models; {models_meant(_raw(value))}"
        )
    return found


def _raw(value: Value) -> str:
    """Return the text as it was written: a variable's value may be secret."""
    return str(value.node.value)


def duration(value: Value, reader: Reader) -> float:
    """Return seconds, at most an hour's."""
    seconds = _seconds(value, reader, "a duration: seconds, or such as 500ms, 10s, 2m")
    if not 0.001 <= seconds <= 3600:
        raise InvalidValueError("must be from 1ms to 60m")
    return seconds


def long_duration(value: Value, reader: Reader) -> float:
    """Return seconds, from a minute's to a week's."""
    seconds = _seconds(value, reader, "a duration: seconds, or such as 30m, 8h")
    if not 60 <= seconds <= 7 * 24 * 3600:
        raise InvalidValueError("must be from 1m to 168h")
    return seconds


def boolean(value: Value, reader: Reader) -> bool:
    """Return true or false."""
    found = _scalar(value, reader, "true or false").lower()
    if found not in {"true", "false"}:
        raise InvalidValueError(f"{shown(_raw(value))} is neither true nor false")
    return found == "true"


def _seconds(value: Value, reader: Reader, expected: str) -> float:
    found = seconds(_scalar(value, reader, expected))
    if found is None:
        raise InvalidValueError(f"expected {expected}; not {shown(_raw(value))}")
    return found


def seconds(text: str) -> float | None:
    """Return how long `10`, `500ms`, `10s`, `2m` or `1h` is; None for what is no time."""
    match = _DURATION.fullmatch(text)
    return float(match[1]) * _SECONDS[match[2]] if match else None


def day(value: Value, reader: Reader) -> datetime.date:
    """Return a date, the last day on which something holds."""
    found = _scalar(value, reader, "a date such as 2030-12-31")
    try:
        if _DAY.fullmatch(found):
            return datetime.date.fromisoformat(found)
    except ValueError as error:
        raise InvalidValueError(f"{shown(_raw(value))} is not a date: {error}") from None
    raise InvalidValueError(f"{shown(_raw(value))} is not a date such as 2030-12-31")


def severity(value: Value, reader: Reader) -> Severity:
    """Return one of the severities."""
    return Severity(_known(_scalar(value, reader, "a severity"), value, tuple(map(str, Severity))))


def _known(text: str, value: Value, known: Sequence[str]) -> str:
    if text not in known:
        hint = suggest(_raw(value), known, f"write one of {', '.join(known)}")
        raise InvalidValueError(f"{shown(_raw(value))} is not a severity; {hint}")
    return text


def severities(value: Value, reader: Reader) -> dict[str, Severity | None]:
    """Return the severity that rules should have, by name or pattern; None: they are off."""
    levels: dict[str, Severity | None] = {}
    for rule, entry in reader.entries(value).items():
        if not any(fnmatchcase(known, rule) for known in reader.known_rules):
            hint = suggest(rule, reader.known_rules, "`drift rules` lists them")
            reader.report(entry, f"unknown rule; {hint}")
        level = reader.attempt(_level, entry)
        if level is not None:
            levels[rule] = None if level == OFF else Severity(level)
    return levels


def _level(value: Value, reader: Reader) -> str:
    """Return a severity, or `off`, which YAML takes for a boolean."""
    text = _scalar(value, reader, "a severity, or off")
    return OFF if text.lower() == OFF else _known(text, value, (*map(str, Severity), OFF))


def rule_pattern(value: Value, reader: Reader) -> str:
    """Return a pattern that matches at least one rule."""
    found = _pattern(value, reader)
    if not any(fnmatchcase(rule, found) for rule in reader.known_rules):
        hint = suggest(_raw(value), reader.known_rules, "`drift rules` lists them")
        raise InvalidValueError(f"{shown(_raw(value))} matches no rule; {hint}")
    return found


def object_pattern(value: Value, reader: Reader) -> str:
    """Return a pattern that can match `schema.table` or `schema.table.name`."""
    found = _pattern(value, reader)
    if not set(found) & set(".*?["):
        raise InvalidValueError(
            f"{shown(_raw(value))} names no schema; write schema.table, such as public.users"
        )
    return found


def _pattern(value: Value, reader: Reader) -> str:
    found = text(value, reader)
    if len(found) > _LONGEST_PATTERN:
        raise InvalidValueError(f"is longer than {_LONGEST_PATTERN} characters, as no name is")
    if "[" in _BRACKETS.sub("", found):
        raise InvalidValueError(
            f"{shown(_raw(value))} has a [ without its ]; write [[] for a literal ["
        )
    return found


def one_or_many(convert: Converter) -> Converter:
    """Return a converter of one value or a list of them."""

    def converted(value: Value, reader: Reader) -> tuple[Any, ...]:
        if not isinstance(value.node, yaml.SequenceNode):
            return (convert(value, reader),)
        found = [reader.attempt(convert, item) for item in reader.items(value)]
        return tuple(item for item in found if item is not None)

    return converted


def many(convert: Converter) -> Converter:
    """Return a converter of a list."""

    def converted(value: Value, reader: Reader) -> Any:
        if not isinstance(value.node, yaml.SequenceNode):
            raise InvalidValueError(f"expected a list (lines that begin with -), not {value.noun}")
        return one_or_many(convert)(value, reader)

    return converted
