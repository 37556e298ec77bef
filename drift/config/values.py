"""The kinds of values: the conversion of their text, and their JSON Schema for editors.

Each is a type with its converter and its JSON Schema, for the settings to be declared with. A
converter takes a `Scalar` and raises InvalidValueError with the problem and the fix.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection
from typing import Annotated, Any

import msgspec

from drift.config.problems import (
    InvalidValueError,
    UndefinedVariableError,
    is_dotted,
    models_meant,
    shown,
    suggest,
)
from drift.lazy_regex import lazy_regex

NAME = r"\w[\w.-]*"
_UNPRINTABLE = lazy_regex(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_A_DURATION = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*(ms|s|m|min|h|)"
_DURATION = lazy_regex(_A_DURATION)
_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_VARIABLE = r"\$\{"


class Scalar(msgspec.Struct, frozen=True, kw_only=True):
    """The text of one value: with its variables' values, and as it was written.

    Messages show only the written text: the value of a variable may be secret.
    """

    text: str
    written: str
    known_rules: Collection[str] = ()

    @property
    def shown(self) -> str:
        """The text as written, quoted for a message."""
        return shown(self.written)


def kind(parse: Callable[[Scalar], Any], *, pattern: str = "", **declared: Any) -> msgspec.Meta:
    """Return the annotation of a type of values; a variable may replace a match of its pattern."""
    schema = declared.pop("schema", {})
    if pattern:
        schema = {**schema, "pattern": f"^(?:{pattern})$|{_VARIABLE}"}
    return msgspec.Meta(extra={"parse": parse, **declared}, extra_json_schema=schema)


def one_line(scalar: Scalar) -> str:
    """Return one line of text; if variables alone leave it empty, only its own target fails."""
    if not scalar.text:
        if scalar.written.strip():
            raise UndefinedVariableError("must not be empty: its variables are not set or empty")
        raise InvalidValueError("must not be empty")
    if _UNPRINTABLE.search(scalar.text):
        raise InvalidValueError("holds a line break, a control character or invalid Unicode")
    return scalar.text


def on_one_line(scalar: Scalar) -> str:
    """Return text that may have been written on several lines."""
    return one_line(msgspec.structs.replace(scalar, text=" ".join(scalar.text.split())))


Text = Annotated[str, kind(one_line, schema={"minLength": 1})]
Sentence = Annotated[str, kind(on_one_line, schema={"minLength": 1})]


def matching(pattern: str, expected: str, normalise: Callable[[Scalar], str] = one_line) -> Any:
    """Return the annotation of text that has the form `pattern`, which `expected` describes."""

    def parse(scalar: Scalar) -> str:
        text = normalise(scalar)
        if not re.fullmatch(pattern, text):
            raise InvalidValueError(f"{scalar.shown} is not {expected}")
        return text

    return kind(parse, pattern=pattern)


_CRON_FIELD = "[0-9A-Za-z*/,?#LW-]+"
Slug = Annotated[
    str, matching("[a-z0-9_-]{1,50}", "a monitor's slug; write up to 50 of a-z, 0-9, - and _")
]
Schedule = Annotated[
    str,
    matching(
        rf"\s*{_CRON_FIELD}(\s+{_CRON_FIELD}){{4}}\s*",
        'a schedule; write five fields, such as "17 4 * * *", the same as the workflow\'s cron',
        on_one_line,
    ),
]
TimeZone = Annotated[
    str, matching("[A-Za-z0-9_+/-]{1,64}", "a time zone such as UTC or Europe/Paris")
]
Environment = Annotated[
    str,
    matching(
        r"(?!None$)[^\s/]{1,64}",
        "an environment; write up to 64 characters without '/' and spaces",
    ),
]
Release = Annotated[str, matching(r"[^\\/\t]{1,200}", "a release; leave out slashes")]
Repository = Annotated[str, matching(r"[\w.-]+/[\w.-]+", "a repository; write owner/name")]
Address = Annotated[
    str,
    matching(
        r"https?://[^\s@/]+(/[^\s@]*)?", "an address such as https://github.example.com/api/v3"
    ),
]
Label = Annotated[str, matching("[^,]{1,50}", "a label; write up to 50 characters without commas")]


def _database(scalar: Scalar) -> str:
    """Return the URL of a database, or libpq's `key=value`."""
    text = one_line(scalar)
    if name := re.fullmatch(r"\$([A-Za-z_][A-Za-z0-9_]*)", scalar.written.strip()):
        raise InvalidValueError(
            f"the value is ${name[1]}, which is not filled in; write ${{{name[1]}}}"
        )
    return text


_A_DATABASE = kind(
    _database,
    pattern=r"(?!\s*\$[A-Za-z_]\w*\s*$)[^\n]+",
    suggest_default=False,  # it would put a password into the file
)
Database = Annotated[str, _A_DATABASE]
BindDatabase = Annotated[
    str,
    _A_DATABASE,
    msgspec.Meta(extra={"empty": "is empty; write the URL of the bind's database"}),
]


def _module(scalar: Scalar) -> str:
    """Return the dotted name of a module."""
    if not is_dotted(one_line(scalar)):
        raise InvalidValueError(f"{scalar.shown} is not a module; write package.module")
    return scalar.text


def _models(scalar: Scalar) -> str:
    """Return `package.module:attribute`."""
    module, colon, attribute = one_line(scalar).partition(":")
    if not (colon and is_dotted(module) and is_dotted(attribute)):
        raise InvalidValueError(
            f"{scalar.shown} does not name models; {models_meant(scalar.written)}"
        )
    return scalar.text


_DOTTED = r"[^\s:./\d-][^\s:./-]*(\.[^\s:./\d-][^\s:./-]*)*"
Module = Annotated[str, kind(_module, pattern=_DOTTED)]
Models = Annotated[str, kind(_models, pattern=f"{_DOTTED}:{_DOTTED}")]


def seconds(text: str) -> float | None:
    """Return how long `10`, `500ms`, `10s`, `2m` or `1h` is; None for any other text."""
    match = _DURATION.fullmatch(text)
    return float(match[1]) * _SECONDS[match[2]] if match else None


def _duration(least: float, most: float, limits: str, expected: str) -> msgspec.Meta:
    """Return the annotation of a number of seconds."""

    def parse(scalar: Scalar) -> float:
        number = seconds(scalar.text)
        if number is None:
            raise InvalidValueError(f"expected {expected}; not {scalar.shown}")
        if not least <= number <= most:
            raise InvalidValueError(f"must be {limits}")
        return number

    schema = {"type": ["number", "string"], "minimum": least, "maximum": most}
    return kind(parse, expected=expected, pattern=rf"\s*{_A_DURATION}\s*", schema=schema)


Duration = Annotated[
    float,
    _duration(0.001, 3600, "from 1ms to 60m", "a duration: seconds, or such as 500ms, 10s, 2m"),
]
LongDuration = Annotated[
    float,
    _duration(60, 7 * 24 * 3600, "from 1m to 168h", "a duration: seconds, or such as 30m, 8h"),
]


_MOST = 64


def _count(scalar: Scalar) -> int:
    if not re.fullmatch("[0-9]{1,2}", scalar.text) or not 1 <= int(scalar.text) <= _MOST:
        raise InvalidValueError(f"{scalar.shown} is not a number from 1 to {_MOST}")
    return int(scalar.text)


Count = Annotated[
    int,
    kind(
        _count,
        expected=f"a number from 1 to {_MOST}",
        pattern=r"\s*[0-9]{1,2}\s*",
        schema={"type": ["integer", "string"], "minimum": 1, "maximum": _MOST},
    ),
]


def _flag(scalar: Scalar) -> bool:
    if scalar.text.lower() not in {"true", "false"}:
        raise InvalidValueError(f"{scalar.shown} is neither true nor false")
    return scalar.text.lower() == "true"


def day(scalar: Scalar) -> datetime.date:
    """Return a date, the last day on which something holds."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", scalar.text):
            return datetime.date.fromisoformat(scalar.text)
    except ValueError as error:
        raise InvalidValueError(f"{scalar.shown} is not a date: {error}") from None
    raise InvalidValueError(f"{scalar.shown} is not a date such as 2030-12-31")


def choice(*choices: str | bool) -> dict[str, Any]:
    return {"anyOf": [{"enum": list(choices)}, {"type": "string", "pattern": _VARIABLE}]}


Flag = Annotated[
    bool, kind(_flag, expected="true or false", schema=choice(True, False, "true", "false"))
]


def _notify(scalar: Scalar) -> str:
    if scalar.text not in {"all", "new"}:
        raise InvalidValueError(f"{scalar.shown} is neither all nor new")
    return scalar.text


Notify = Annotated[str, kind(_notify, expected="all or new", schema=choice("all", "new"))]
SQL_KINDS = (
    "extension", "function", "grant", "materialized-view", "policy", "trigger", "view",
)  # fmt: skip
"""The kinds of objects beyond tables, which are not read unless something declares them."""


def _sql_kind(scalar: Scalar) -> str:
    known = (*SQL_KINDS, "all")
    if scalar.text not in known:
        hint = suggest(scalar.written, known, f"write one of {', '.join(known)}")
        raise InvalidValueError(f"{scalar.shown} is not such a kind; {hint}")
    return scalar.text


SqlKind = Annotated[
    str, kind(_sql_kind, expected="a kind of objects", schema=choice(*SQL_KINDS, "all"))
]
Day = Annotated[
    datetime.date,
    kind(day, expected="a date such as 2030-12-31", pattern=r"\s*\d{4}-\d\d-\d\d\s*"),
]


def _name(owner: str) -> Any:
    """Return the annotation of a name that the file gives, such as that of a target."""

    def parse(scalar: Scalar) -> str:
        if not re.fullmatch(NAME, scalar.text):
            raise InvalidValueError(f"{owner} has letters, digits, '_', '-' and '.' only")
        return scalar.text

    # A pattern for JavaScript, too, in which \w matches ASCII only.
    return kind(parse, schema={"pattern": r"^[^\s!-/:-@\[-^`{-~][^\s!-,/:-@\[-^`{-~]*$"})


TargetName = Annotated[str, _name("a target's name")]
BindKey = Annotated[str, _name("a bind's key")]
