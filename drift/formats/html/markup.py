"""Markup in which text is escaped unless it is already markup."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TypeAlias

from drift.formats.escape import visible

Attribute: TypeAlias = str | int | bool | None
LONGEST = 4_000
"""Characters of one text that are printed: nobody reads more of one definition."""

_VOID = frozenset({"input", "link", "meta"})
_BLOCK = frozenset(
    "article dd div dl figure footer header li main nav ol p path rect section table tbody text "
    "thead tr ul".split()
)
"""Elements that end their line: a page that can be read, and compared, as text."""


class Markup(str):
    """What may stand in the page as it is; every other `str` is text, and is escaped."""

    __slots__ = ()


def text(value: str) -> Markup:
    """Return text as markup: control and direction characters shown, and cut where too long."""
    if isinstance(value, Markup):
        return value
    return Markup(html.escape(visible(clip(value, LONGEST))))


def clip(value: str, most: int) -> str:
    """Return text of at most about `most` characters that says how much of it is left out."""
    left_out = len(value) - most
    return value if left_out <= 0 else f"{value[:most]} … ({left_out:,} more characters)"


def join(parts: Iterable[str]) -> Markup:
    """Return the parts behind one another."""
    return Markup("".join([text(part) for part in parts]))


def element(name: str, /, *children: str, **attributes: Attribute) -> Markup:
    """Return an element.

    An attribute's underscores are hyphens, one at its end is dropped; None and False leave it out.
    """
    words = "".join(_attribute(key, value) for key, value in attributes.items())
    end = "\n" if name in _BLOCK else ""
    if name in _VOID:
        return Markup(f"<{name}{words}>\n")
    return Markup(f"<{name}{words}>{join(children)}</{name}>{end}")


def hidden(*words: str) -> Markup:
    """Return words for screen readers alone."""
    return element("span", *words, class_="sr")


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    return f' {name}="{html.escape(visible(str(value)))}"'


def plural(count: int, noun: str) -> str:
    """Return `1 table`, `2 tables`, `3 policies`, `1,234 indexes`."""
    if count != 1 and noun.endswith("y"):
        noun = f"{noun[:-1]}ies"
    elif count != 1:
        noun += "es" if noun.endswith("x") else "s"
    return f"{count:,} {noun}"
