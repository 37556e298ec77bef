"""Compares literals whose meaning depends on the session of their DDL: '2000-01-01 10:00'.

PostgreSQL converted it to a moment when the DDL ran, in the time zone and with the order of day and
month of that session, which the catalog does not hold. So two expressions that differ are asked
about again under other settings. If they are equal under those of the server, or of one of its
roles and databases, they are the same. If they are equal under any other zone, drift cannot tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from drift.lazy_regex import lazy_regex
from drift.model import Answer, Expression
from drift.sources.database.sql_text import literal

AskUnder = Callable[[str, Sequence[Expression]], Iterable[tuple[Expression, str]]]
"""Asks about expressions again, under a setting; yields the printed answers."""

_TEMPORAL = lazy_regex(r"'[^']*\d[^']*'::(?:timestamp|date|time|interval|ts\w*range|datem)")
_OTHER_SETTINGS = (
    *(f"DateStyle = {literal(order)}" for order in ("ISO, MDY", "ISO, DMY", "ISO, YMD")),
    "IntervalStyle = postgres",
    "IntervalStyle = sql_standard",
)
_ZONES_OF_THE_WORLD = (
    "America/Anchorage America/Argentina/Buenos_Aires America/Bogota America/Caracas "
    "America/Chicago America/Denver America/Halifax America/Los_Angeles America/New_York "
    "America/Phoenix America/Santiago America/Sao_Paulo America/St_Johns Africa/Cairo "
    "Africa/Johannesburg Africa/Lagos Africa/Nairobi Asia/Bangkok Asia/Dhaka Asia/Dubai "
    "Asia/Hong_Kong Asia/Jakarta Asia/Jerusalem Asia/Karachi Asia/Kathmandu Asia/Kolkata "
    "Asia/Riyadh Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Tehran Asia/Tokyo Australia/Adelaide "
    "Australia/Brisbane Australia/Perth Australia/Sydney Europe/Athens Europe/Berlin "
    "Europe/Istanbul Europe/Lisbon Europe/London Europe/Moscow Pacific/Auckland Pacific/Honolulu"
).split()
"""Zones that, with their rules for summer, stand for all in which much DDL is run."""
_MOST = 100
"""Expressions that are asked about again; each is asked about once per zone."""


def settle(
    answers: Mapping[Expression, Answer], zones: Sequence[str], ask_under: AskUnder
) -> dict[Expression, Answer]:
    """Return the answers, with one text for those that mean the same in a session of the server.

    `zones` are those of the server, its roles and databases.
    """
    settled = dict(answers)
    known_zones = dict.fromkeys(("UTC", *zones))
    known = [*map(_time_zone, known_zones), *_OTHER_SETTINGS]
    for first, *others in _alike(settled, known, ask_under):
        for other in others:
            settled[other] = replace(settled[other], text=settled[first].text)
    for same in _alike(settled, [_time_zone(zone) for zone in _ZONES_OF_THE_WORLD], ask_under):
        for expression in same:
            settled[expression] = replace(
                settled[expression], reason="a date or time in it names no time zone", open=True
            )
    return settled


def _alike(
    answers: Mapping[Expression, Answer], settings: Sequence[str], ask_under: AskUnder
) -> Iterator[list[Expression]]:
    """Yield expressions that differ, and do not under another setting."""
    asked = _differing(answers)
    if not asked or len(asked) > _MOST:
        return
    printed: dict[tuple[object, ...], list[Expression]] = defaultdict(list)
    for setting in settings:
        for expression, text in ask_under(setting, asked):
            printed[setting, *_owner(expression), text].append(expression)
    for same in printed.values():
        if len({answers[expression].text for expression in same}) > 1:
            yield same


def _time_zone(zone: str) -> str:
    return f"TimeZone = {literal(zone)}"


def _differing(answers: Mapping[Expression, Answer]) -> list[Expression]:
    """Return the expressions with a date or a time that differ from others of their owner."""
    texts: dict[tuple[object, ...], set[str | None]] = defaultdict(set)
    for expression, answer in answers.items():
        texts[_owner(expression)].add(answer.text)
    return [
        expression
        for expression, answer in answers.items()
        if len(texts[_owner(expression)]) > 1 and _TEMPORAL.search(answer.text or "")
    ]


def _owner(expression: Expression) -> tuple[str, str, str | None]:
    return expression.schema, expression.table, expression.column
