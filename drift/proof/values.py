"""SQL for synthetic values: a type in, an expression over the row's number out.

Rows of equal numbers have equal values in all columns of a type, so that keys refer to each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from drift.kinds.domain import Domain
from drift.kinds.enum import Enum
from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.model import Schema
from drift.plan import ddl

N = "drift_n"
"""The column with the number of the row, from 0."""

_NUMBERS = re.compile(r"\((\d+)(?:\s*,\s*(-?\d+))?\)")
_FIXED: Mapping[str, str] = {
    "smallint": f"{N} + 1",
    "integer": f"{N} + 1",
    "bigint": f"{N} + 1",
    "real": f"({N} + 1) * 1.5",
    "double precision": f"({N} + 1) * 1.5",
    "money": f"({N} + 1)",
    "boolean": f"{N} % 2 = 0",
    "date": f"date '2020-01-01' + {N}",
    "timestamp without time zone": f"timestamp '2020-01-01' + {N} * interval '27 hours'",
    "timestamp with time zone": f"timestamptz '2020-01-01 00:00Z' + {N} * interval '27 hours'",
    "time without time zone": f"time '00:00' + {N} * interval '7 minutes'",
    "time with time zone": f"timetz '00:00Z' + {N} * interval '7 minutes'",
    "interval": f"{N} * interval '1 hour'",
    "uuid": f"md5({N}::text)::uuid",
    "json": f"json_build_object('n', {N})",
    "jsonb": f"jsonb_build_object('n', {N})",
    "bytea": f"decode(md5({N}::text), 'hex')",
    "inet": f"inet '10.0.0.0' + {N}",
    "cidr": f"host(inet '10.0.0.0' + {N})::cidr",
    "macaddr": f"'08:00:2b:00:00:' || lpad(to_hex({N}), 2, '0')",
    "macaddr8": f"'08:00:2b:00:00:00:00:' || lpad(to_hex({N}), 2, '0')",
    "point": f"point({N}, {N})",
    "line": f"line(point({N}, 0), point({N}, 1))",
    "lseg": f"lseg(point({N}, 0), point({N}, 1))",
    "box": f"box(point({N}, {N}), point({N} + 0.5, {N} + 0.5))",
    "path": f"path(polygon(box(point({N}, {N}), point({N} + 1, {N} + 1))))",
    "polygon": f"polygon(box(point({N}, {N}), point({N} + 1, {N} + 1)))",
    "circle": f"circle(point(3 * {N}, 3 * {N}), 1)",
    "xml": f"'<n>' || {N} || '</n>'",
    "tsvector": f"to_tsvector('simple', 'word' || {N})",
    "tsquery": f"to_tsquery('simple', 'word' || {N})",
    "jsonpath": "'$.n'",
    "oid": f"({N} + 1)::int8",
    "xid": f"({N} + 1)::text",
    "xid8": f"({N} + 1)::text",
    "pg_lsn": f"'0/' || to_hex({N} + 1)",
    "pg_snapshot": f"({N} + 1) || ':' || ({N} + 1) || ':'",
    "txid_snapshot": f"({N} + 1) || ':' || ({N} + 1) || ':'",
    "tid": f"'(0,' || ({N} + 1) || ')'",
    "regclass": "'pg_class'",
    "regtype": "'integer'",
    "regproc": "'now'",
    "regprocedure": "'now()'",
    "regrole": "current_user::text",
    "regnamespace": "'public'",
    "regconfig": "'simple'",
    "regdictionary": "'simple'",
    "int4range": f"int4range({N} * 10, {N} * 10 + 5)",
    "int8range": f"int8range({N} * 10, {N} * 10 + 5)",
    "numrange": f"numrange({N} * 10, {N} * 10 + 5)",
    "daterange": f"daterange(date '2020-01-01' + {N} * 2, date '2020-01-02' + {N} * 2)",
    "tsrange": f"tsrange(timestamp '2020-01-01' + {N} * interval '2 days',"
    f" timestamp '2020-01-02' + {N} * interval '2 days')",
    "tstzrange": f"tstzrange(timestamptz '2020-01-01 00:00Z' + {N} * interval '2 days',"
    f" timestamptz '2020-01-02 00:00Z' + {N} * interval '2 days')",
}
_MULTIRANGES = {
    "int4multirange": "int4range",
    "int8multirange": "int8range",
    "nummultirange": "numrange",
    "datemultirange": "daterange",
    "tsmultirange": "tsrange",
    "tstzmultirange": "tstzrange",
}
_OF_EXTENSIONS: Mapping[str, str] = {
    "hstore": f"'n=>' || {N}",
    "ltree": f"'n' || {N}",
    "lquery": "'n.*'",
    "citext": f"'value ' || {N}",
    "cube": f"'(' || {N} || ')'",
    "geometry": f"'POINT(' || {N} || ' ' || {N} || ')'",
    "geography": f"'POINT(' || {N} % 90 || ' ' || {N} % 90 || ')'",
    "isbn": "'978-0-393-04002-9'",
}
_VECTORS = frozenset({"vector", "halfvec"})
_STRINGS = frozenset({"text", "character varying", "character", "bpchar", "name", '"char"'})


class Values:
    """Values of all types of a schema, with its enums and domains."""

    def __init__(self, live: Schema, added: Iterable[Any] = ()) -> None:
        """Take the live schema, and objects that a plan adds to it."""
        added = tuple(added)
        self.enums: Mapping[str, Enum] = _by_name(
            (*(item for item in added if isinstance(item, Enum)), *live.objects.get("enum", ()))
        )
        self.domains: Mapping[str, Domain] = _by_name(
            (*(item for item in added if isinstance(item, Domain)),
             *live.objects.get("domain", ()))
        )  # fmt: skip

    def base(self, type_: str) -> str:
        """Return the type under a domain, or the type."""
        for _ in range(len(self.domains) + 1):
            if type_ not in self.domains:
                break
            type_ = self.domains[type_].type
        return type_

    def checks(self, type_: str) -> list[str]:
        """Return the conditions of a domain and of those under it, over VALUE."""
        conditions = []
        while type_ in self.domains:
            domain = self.domains[type_]
            conditions += [ddl.domain_check(check) for check in domain.checks]
            type_ = domain.type
        return conditions

    def refuses_null(self, type_: str) -> bool:
        """Return whether a domain, or one under it, is NOT NULL."""
        while type_ in self.domains:
            if not self.domains[type_].nullable:
                return True
            type_ = self.domains[type_].type
        return False

    def knows(self, type_: str) -> bool:
        """Return whether values of a type can be made: not those of a composite type."""
        base = self.base(self.base(type_).removesuffix("[]"))
        family = types.family(base)
        known = base in self.enums or types.bare(family) in {*_OF_EXTENSIONS, *_VECTORS}
        return known or bool(_sized(family, []) or _fixed(family))

    def expression(self, type_: str) -> str:
        """Return SQL for a value of a type, over the number of the row."""
        return f"({self._untyped(self.base(type_))})::{type_}"

    def text(self, type_: str) -> str:
        """Return SQL for a value as text, of a type that need not exist yet."""
        return f"({self._untyped(self.base(type_))})::text"

    def _untyped(self, type_: str) -> str:
        if type_.endswith("[]"):
            if self.checks(type_.removesuffix("[]")):
                return "'{}'"
            return f"ARRAY[{self.expression(type_.removesuffix('[]'))}]"
        if type_ in self.enums:
            return _label(self.enums[type_])
        family = types.family(type_)
        numbers = [int(part) for part in _numbers(type_)]
        return _sized(family, numbers) or _fixed(family) or _of_extension(family, numbers)


def _sized(family: str, numbers: list[int]) -> str:
    """Return a value of a type whose length or precision limits it."""
    if family in _STRINGS:
        return text(1 if family == '"char"' else numbers[0] if numbers else None)
    if family == "numeric":
        return _numeric(*numbers)
    if family in {"bit", "bit varying"}:
        return f"({N} + 1)::bit({min(numbers[0], 64) if numbers else 8})"
    return ""


def _fixed(family: str) -> str:
    if family in _MULTIRANGES:
        return f"{family}({_FIXED[_MULTIRANGES[family]]})"
    return _FIXED.get("interval" if family.startswith("interval") else family, "")


def _of_extension(family: str, numbers: list[int]) -> str:
    """Return a value for a type of an extension; for others, a text that it may read."""
    name = types.bare(family)
    if name in _VECTORS:
        return f"'[' || repeat('1,', {(numbers or [3])[0] - 1}) || {N} || ']'"
    return _OF_EXTENSIONS.get(name, f"{N}::text")


def text(length: int | None) -> str:
    """Return SQL for a string of at most so many characters."""
    if length is None or length >= 9:
        return f"'value ' || {N}"
    if length == 1:
        return f"chr(65 + {N} % 26)"
    return f"lpad(({N} % {10 ** min(length, 3)})::text, {min(length, 3)}, '0')"


def _numeric(precision: int | None = None, scale: int = 0) -> str:
    if precision is None:
        return f"({N} + 1) * 1.5"
    if precision > scale:
        return f"({N} % {10 ** min(precision - scale, 9)}) + {'0.5' if scale > 0 else '0'}"
    return f"({N} % {10 ** min(precision, 9)}) * {_unit(scale)}"


def _unit(scale: int) -> str:
    return f"1e-{scale}" if scale > 0 else "1"


def _label(enum: Enum) -> str:
    if not enum.labels:
        return "NULL"
    labels = ", ".join(map(string_literal, enum.labels))
    return f"(ARRAY[{labels}])[{N} % {len(enum.labels)} + 1]"


def _numbers(type_: str) -> list[str]:
    match = _NUMBERS.search(type_)
    return [part for part in match.groups() if part is not None] if match else []


def _by_name(items: Iterable[Any]) -> dict[str, Any]:
    return {ddl.path(item.schema, str(item.name)): item for item in items}
