"""Compares literals that the session of their DDL decided about: '2000-01-01 10:00' has no zone.

PostgreSQL made a moment of it when the DDL ran, in the time zone and with the order of day and
month of that session, which the catalog does not hold. So two expressions that differ are asked
about again under other settings. If they are equal under those of the server, or of one of its
roles and databases, they are the same. If they are equal under any other zone, drift cannot tell.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec

from drift.model import Answer, Expression
from drift.sources.database.literals import literal
from drift.sources.database.pipeline import Pipeline

Read = Callable[[Expression, bytes], str]
"""Brings what the server printed of an expression to one spelling."""

_TEMPORAL = re.compile(r"'[^']*\d[^']*'::(?:timestamp|date|time|interval|ts\w*range|datem)")
_ORDERS = ("ISO, MDY", "ISO, DMY", "ISO, YMD")
_STYLES = ("postgres", "sql_standard")
_ELSEWHERE = (
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
"""Expressions that are asked about again; each is asked about once for every zone."""
_UNKNOWN = "a date or time in it names no time zone"


class Sessions:
    """Asks the questions of one check again, under the settings of other sessions."""

    def __init__(
        self, pipeline: Pipeline, undo: str, questions: Mapping[Expression, str], read: Read
    ) -> None:
        """Take the statement after which the transaction is as it was before a question."""
        self._pipeline = pipeline
        self._undo = undo
        self._questions = questions
        self._read = read

    def settled(
        self, answers: Mapping[Expression, Answer], zones: Sequence[str]
    ) -> dict[Expression, Answer]:
        """Return the answers, with one text for those that mean the same in some session."""
        found = dict(answers)
        known = [f"TimeZone = {literal(zone)}" for zone in dict.fromkeys(("UTC", *zones))]
        known += [f"DateStyle = {literal(order)}" for order in _ORDERS]
        known += [f"IntervalStyle = {style}" for style in _STYLES]
        for same in self._alike(found, known):
            for other in same[1:]:
                found[other] = msgspec.structs.replace(found[other], text=found[same[0]].text)
        for same in self._alike(found, [f"TimeZone = {literal(zone)}" for zone in _ELSEWHERE]):
            for one in same:
                found[one] = msgspec.structs.replace(found[one], reason=_UNKNOWN, open=True)
        return found

    def _alike(
        self, answers: Mapping[Expression, Answer], settings: Sequence[str]
    ) -> Iterator[list[Expression]]:
        """Yield expressions that differ, and do not under another setting."""
        asked = self._differing(answers)
        if not asked or len(asked) > _MOST or self._pipeline.broken:
            return
        printed: dict[tuple[object, ...], list[Expression]] = defaultdict(list)
        for setting in settings:
            for one, text in self._printed(asked, setting):
                printed[setting, *_place(one), text].append(one)
        for same in printed.values():
            if len({answers[one].text for one in same}) > 1:
                yield same

    def _printed(
        self, asked: Sequence[Expression], setting: str
    ) -> Iterator[tuple[Expression, str]]:
        """Yield what the server prints under a setting, which it may not know."""
        steps = ((self._undo, f"SET LOCAL {setting}", self._questions[one]) for one in asked)
        statements = [*chain.from_iterable(steps), self._undo]
        replies = list(self._pipeline.run(statements))
        for one, changed, reply in zip(asked, replies[1::3], replies[2::3], strict=True):
            if reply.value is not None and not changed.error:
                yield one, self._read(one, reply.value)

    def _differing(self, answers: Mapping[Expression, Answer]) -> list[Expression]:
        """Return the expressions with a date or a time that differ from others of their place."""
        texts: dict[tuple[object, ...], set[str | None]] = defaultdict(set)
        for one in self._questions:
            texts[_place(one)].add(answers[one].text)
        return [
            one
            for one in self._questions
            if len(texts[_place(one)]) > 1 and _TEMPORAL.search(answers[one].text or "")
        ]


def _place(one: Expression) -> tuple[str, str, str | None]:
    return one.schema, one.table, one.column
