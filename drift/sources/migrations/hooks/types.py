"""Types of SQLAlchemy from the names that PostgreSQL gives to them."""

from __future__ import annotations

import re
from typing import Any

_NAME = re.compile(
    r"(?P<name>[a-z][a-z0-9 ]*?)\s*(?:\((?P<arguments>[\d,]+)\))?"
    r"(?P<zone> with(?:out)? time zone)?(?P<array>(?:\[\])*)"
)


def type_of(text: str) -> Any:
    """Return the type; NullType for one that SQLAlchemy does not know, as when it reflects it.

    >>> type_of("character varying(40)")
    VARCHAR(length=40)
    >>> type_of("timestamp(3) with time zone")
    TIMESTAMP(timezone=True, precision=3)
    """
    from sqlalchemy.types import NullType

    match = _NAME.fullmatch(text)
    kind = _known().get(match["name"] + (match["zone"] or "")) if match else None
    kind = kind or (_known().get(match["name"]) if match else None)
    if match is None or kind is None:
        return NullType()
    return _array(_made(kind, match), match["array"])


def _made(kind: Any, match: re.Match[str]) -> Any:
    from sqlalchemy.dialects import postgresql

    name, arguments = match["name"], match["arguments"] or ""
    numbers = [int(each) for each in arguments.split(",") if each]
    if name in ("timestamp", "time"):
        options = {"timezone": match["zone"] == " with time zone"}
        if numbers:
            options["precision"] = numbers[0]
        return getattr(postgresql, name.upper())(**options)
    if name == "interval" and numbers:
        return kind(precision=numbers[0])
    try:
        return kind(*numbers)
    except TypeError:
        return kind()


def _array(item: Any, brackets: str) -> Any:
    from sqlalchemy.dialects.postgresql import ARRAY

    return ARRAY(item, dimensions=None) if brackets else item


def _known() -> dict[str, Any]:
    """Return SQLAlchemy's own table of the types that it reflects."""
    from sqlalchemy.dialects.postgresql.base import ischema_names

    names: dict[str, Any] = ischema_names
    return names
