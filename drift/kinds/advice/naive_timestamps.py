"""Columns without a time zone whose default has one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from drift.kinds.advice.base import Advice, Advisor, Subject, advice_rule
from drift.lazy_regex import lazy_regex
from drift.model import ObjectRef
from drift.texts import clip

RULE = advice_rule(
    id="naive-timestamp",
    summary="A column of type timestamp without time zone has a default with a time zone.",
    impact="PostgreSQL converts the value by the TimeZone setting of each session and drops the "
    "zone: sessions with other settings store other times. asyncpg refuses a Python value that has "
    "a zone.",
    remedy="Declare DateTime(timezone=True), and convert the column with USING … AT TIME ZONE the "
    "zone that its values are in; or give it a default without a zone, such as "
    "timezone('utc', now()).",
)

_NAIVE = lazy_regex(r"timestamp(\(\d\))? without time zone")
_AWARE = lazy_regex(
    r"\(*(now\(\)|current_timestamp(\(\d\))?"
    r"|(transaction|statement|clock)_timestamp\(\))\)*"
    r"(::timestamp(\(\d\))?( with(out)? time zone)?)?\)*"
    r"( [+-] '[^']*'::interval\)?)?(::timestamp(\(\d\))? without time zone)?",
    re.IGNORECASE,
)


def is_aware(expression: str) -> bool:
    """Return whether an expression is the present time with the session's time zone.

    >>> is_aware("now()"), is_aware("timezone('utc'::text, now())"), is_aware("LOCALTIMESTAMP")
    (True, False, False)
    """
    return _AWARE.fullmatch(expression.strip()) is not None


def advise(subject: Subject) -> Iterator[Advice]:
    """Yield the columns that have no time zone on either side, and such a default."""
    for table in subject.tables:
        declared = subject.columns(table.schema, table.name, live=False)
        for column in subject.live_of("column", table.schema, table.name):
            own = declared.get(column.name)
            if not (own and _NAIVE.fullmatch(column.type) and _NAIVE.fullmatch(own.type)):
                continue
            code = subject.mappings.aware_defaults.get((column.schema, column.table, column.name))
            if code is None and own.default and column.default and is_aware(column.default):
                code = column.default
            if code:
                yield Advice(
                    ref=ObjectRef("column", column.schema, column.table, column.name),
                    detail=f"is {column.type}, and its default {clip(code, 200)} has a time zone",
                    item=column,
                )


ADVISOR = Advisor(RULE, advise)
