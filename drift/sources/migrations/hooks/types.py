"""Types of SQLAlchemy from the names that PostgreSQL gives to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_NAME = re.compile(
    r"(?P<name>[a-z][a-z0-9 ]*?)\s*(?:\((?P<arguments>[\d,]+)\))?"
    r"(?P<zone> with(?:out)? time zone)?"
)


def type_of(text: str, labels: Sequence[str] = ()) -> Any:
    """Return the type; NullType for one that SQLAlchemy does not know, as when it reflects it.

    `labels` are those of an enum.

    >>> type_of("character varying(40)")
    VARCHAR(length=40)
    >>> type_of("timestamp(3) with time zone")
    TIMESTAMP(timezone=True, precision=3)
    """
    from sqlalchemy.dialects.postgresql import ARRAY, ENUM

    item = text.removesuffix("[]")
    kind = ENUM(*labels, name=item.rpartition(".")[2]) if labels else _scalar(item)
    return ARRAY(kind) if item != text else kind


def _scalar(text: str) -> Any:
    from sqlalchemy.types import NullType

    match, known = _NAME.fullmatch(text), _known()
    if match is None:
        return known[text]() if text in known else NullType()
    kind = known.get(match["name"] + (match["zone"] or "")) or known.get(match["name"])
    return NullType() if kind is None else _made(kind, match)


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


def _known() -> dict[str, Any]:
    """Return SQLAlchemy's own table of the types that it reflects."""
    from sqlalchemy.dialects.postgresql.base import ischema_names

    names: dict[str, Any] = ischema_names
    return names
