"""The options of sequences and identities, and PostgreSQL's defaults for them."""

from __future__ import annotations

from typing import Any

import msgspec

BITS = {"smallint": 15, "integer": 31, "bigint": 63}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options as SQL has them; None is left to PostgreSQL."""

    start: int | None = None
    increment: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    cycle: bool | None = None
    cache: int | None = None


OPTIONS_SQL = (
    "pg_catalog.json_build_object('start', s.seqstart, 'increment', s.seqincrement,"
    " 'minimum', s.seqmin,"
    " 'maximum', s.seqmax, 'cycle', s.seqcycle, 'cache', s.seqcache)"
)
"""SQL for the options of row `s` of pg_sequence."""


def declared_options(item: Any) -> Options:
    """Read the options of a SQLAlchemy Sequence or Identity."""
    return Options(
        start=item.start,
        increment=item.increment,
        minimum=item.minvalue,
        maximum=item.maxvalue,
        cycle=item.cycle,
        cache=item.cache,
    )


def complete(options: Options, type_: str) -> Options:
    """Return options with PostgreSQL's defaults for a sequence of that type filled in."""
    bits = BITS.get(type_, 63)
    increment = options.increment or 1
    low, high = (1, 2**bits - 1) if increment > 0 else (-(2**bits), -1)
    minimum = low if options.minimum is None else options.minimum
    maximum = high if options.maximum is None else options.maximum
    first = minimum if increment > 0 else maximum
    return Options(
        start=first if options.start is None else options.start,
        increment=increment,
        minimum=minimum,
        maximum=maximum,
        cycle=bool(options.cycle),
        cache=options.cache or 1,
    )
