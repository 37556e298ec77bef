"""The Python of a revision: calls of Alembic's operations, SQL as a literal, comments."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from importlib.metadata import version

import msgspec

from drift.model import Schema
from drift.sqlalchemy_code.code import WIDTH, Code, call, literal, sequence
from drift.sqlalchemy_code.style import ALEMBIC, Style

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
INDENT = "    "


def installed() -> Style:
    """Return Alembic's style for the version of SQLAlchemy that is installed beside drift."""
    numbers = re.findall(r"\d+", version("sqlalchemy"))[:3]
    return msgspec.structs.replace(ALEMBIC, version=tuple(map(int, numbers)))


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """The names in the revisions of a plan.

    `types` has the enums and domains that columns may have as their types. `schema=` is given
    for all schemas but `default_schema`.
    """

    style: Style = msgspec.field(default_factory=installed)
    default_schema: str = "public"
    types: Schema | None = None

    def schema(self, schema: str, option: str = "schema") -> dict[str, Code]:
        """Return the option for a schema; none for the default one."""
        return {} if schema == self.default_schema else {option: self.style.string(schema)}

    def operation(
        self, name: str, arguments: Iterable[Code], options: Mapping[str, Code] | None = None
    ) -> Code:
        """Return the call of one of Alembic's operations."""
        return call(Code(f"op.{name}"), arguments, options)

    def execute(self, sql: str) -> Code:
        """Return `op.execute('…')`: each line of SQL is a literal of its own."""
        lines = _LINES.findall(sql)
        codes = [self.style.sql_string(line) for line in lines]
        if len(codes) == 1:
            return call(Code("op.execute"), codes)
        pieces = tuple(piece for code in codes for piece in (code.parts or (code,)))
        text = self.style.sql_string(sql).text
        # never written on one line: SQL of several lines is read as such
        return Code(f"op.execute({text})", frozenset(), "op.execute(", pieces, ")", "")

    def names(self, values: Iterable[str]) -> Code:
        """Return a list of texts."""
        return sequence(map(self.style.string, values))


def true() -> Code:
    """Return `True`."""
    return literal(True)


def lines_of(code: Code, indent: int = 1) -> list[str]:
    """Return a statement as lines with their indent, one level being four spaces."""
    width = indent * len(INDENT)
    text = code.laid_out(width) if "\\n" not in code.text else _broken(code, width)
    return (INDENT * indent + text).split("\n")


def _broken(code: Code, width: int) -> str:
    """Return the text over several lines, even if it would fit on one."""
    return code.laid_out(width, before=1_000) if code.parts else code.text


def comment(text: str, indent: int = 1, *, wrap: bool = True) -> list[str]:
    """Return comments of Python, at least one per line of a text that may hold any character.

    SQL is not wrapped, so that it can be copied.
    """
    start = INDENT * indent + "# "
    lines: list[str] = []
    for line in text.split("\n"):
        visible = _visible(line)
        margin = " " * (len(visible) - len(visible.lstrip()))
        wrapped = textwrap.wrap(
            visible, WIDTH - len(start), subsequent_indent=margin, break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
        lines.extend(f"{start}{each}".rstrip() for each in (wrapped if wrap else [visible]) or [""])
    return lines


def _visible(line: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def dollar_tag(text: str) -> str:
    """Return a dollar quote that is not in the text.

    >>> dollar_tag("SELECT 1"), dollar_tag("$drift$ $drift1$")
    ('$drift$', '$drift2$')
    """
    tag, number = "$drift$", 0
    while tag in text:
        number += 1
        tag = f"$drift{number}$"
    return tag
