"""Sequences that have used more than half of their numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from drift.kinds.advice.base import Advice, Advisor, Subject, advice_rule
from drift.kinds.advice.details import MOST, SequenceState
from drift.kinds.sequence.options import BITS
from drift.kinds.sql.types import quote
from drift.lazy_regex import lazy_regex
from drift.model import ObjectRef

THRESHOLD = 0.5
"""The share of the numbers from which on it is reported: to convert the key of a large table takes
weeks of preparation."""

_NAMED = 3
"""Schemas that a note names; it counts the others."""

RULE = advice_rule(
    id="sequence-exhaustion",
    summary="A sequence has used at least half of the numbers that it, or its column, can hold.",
    impact="After the last number, every INSERT that takes one fails.",
    remedy="Convert the column, the sequence and all foreign keys to bigint before the numbers "
    "run out; or ALTER SEQUENCE … MAXVALUE if only the sequence is limited.",
)


class _Use(NamedTuple):
    """A column that takes its numbers from a sequence."""

    table: str
    column: str
    type: str


def advise(subject: Subject) -> Iterator[Advice]:
    """Yield the sequences of declared columns, and those that the models declare by name."""
    uses = _uses(subject)
    declared = {(item.schema, item.name) for item in subject.declared.objects["sequence"]}
    live = {(item.schema, item.name): item for item in subject.live.objects["sequence"]}
    unread: Counter[str] = Counter()
    excess = 0
    for state in subject.details.sequences:
        name = state.schema, state.name
        if name not in uses and name not in declared:
            continue
        unread[state.schema] += not state.readable
        excess += state.readable and state.excess
        if state.locked:
            subject.notes[f"sequence {state.name} is locked by another session: not read"] = None
        elif detail := _detail(state, uses.get(name, [])):
            ref = ObjectRef("sequence", state.schema, None, state.name)
            yield Advice(ref=ref, detail=detail, item=live.get(name))
    if unread.total():
        subject.notes[_unread_note(unread)] = None
    if excess:
        note = f"{RULE.id}: {excess:,} sequences were not read; a check reads {MOST:,} at most"
        subject.notes[note] = None


def _unread_note(unread: Counter[str]) -> str:
    """Return the note on sequences that were not read, by the number of them per schema."""
    count, schemas = unread.total(), sorted(+unread)
    named = ", ".join(map(quote, schemas[:_NAMED]))
    more = f" and {len(schemas) - _NAMED:,} more" if len(schemas) > _NAMED else ""
    sequences = "1 sequence was" if count == 1 else f"{count:,} sequences were"
    return (
        f"{RULE.id}: {sequences} not read; the role needs SELECT or USAGE, such as by GRANT SELECT "
        f"ON ALL SEQUENCES IN SCHEMA {named}{more}"
    )


def _uses(subject: Subject) -> dict[tuple[str, str], list[_Use]]:
    """Return the columns of the declared tables that each sequence feeds."""
    uses: dict[tuple[str, str], list[_Use]] = defaultdict(list)
    owned = {state.owner: state for state in subject.details.sequences if state.owner}
    for table in subject.tables:
        for column in subject.live_of("column", table.schema, table.name):
            names = set()
            if column.sequence:
                names.add((column.sequence.schema, column.sequence.name))
            if state := owned.get((column.schema, column.table, column.name)):
                names.add((state.schema, state.name))
            for name in names:
                uses[name].append(_Use(column.table, column.name, column.type))
    return uses


def _detail(state: SequenceState, uses: list[_Use]) -> str:
    """Return the sentence about a sequence that nears its end; "" for any other."""
    if state.last_value is None:
        return ""
    up = state.increment > 0
    first, end, cause = (state.minimum if up else state.maximum), *_end(state, uses, up=up)
    if state.cycle and cause == _OWN:
        return ""
    total, used = abs(end - first) or 1, abs(state.last_value - first)
    if used / total < THRESHOLD:
        return ""
    left = max((end - state.last_value if up else state.last_value - end), 0)
    numbers = left // abs(state.increment)
    return (
        f"has used {min(int(100 * used / total), 100)} % of its numbers: the last one was "
        f"{state.last_value:,}, {cause} ends at {end:,}; {numbers:,} are left"
    )


_OWN = "the sequence"


def _end(state: SequenceState, uses: list[_Use], *, up: bool) -> tuple[int, str]:
    """Return the last number that the sequence and all its columns can hold, and whose limit it is.

    A sequence of bigint can feed a column of integer.
    """
    ends: list[tuple[int, str]] = [(state.maximum if up else state.minimum, _OWN)]
    for use in uses:
        if limits := _limits(use.type):
            ends.append((limits[1 if up else 0], f"{use.table}.{use.column} ({use.type})"))
    return (min if up else max)(ends, key=lambda end: end[0])


_WHOLE = lazy_regex(r"numeric\((\d+),0\)")


def _limits(type_: str) -> tuple[int, int] | None:
    """Return the least and the greatest number of a type; None if it is no limit."""
    if type_ in BITS:
        return -(2 ** BITS[type_]), 2 ** BITS[type_] - 1
    if match := _WHOLE.fullmatch(type_):
        most = 10 ** int(match[1]) - 1
        return -most, most
    return None


def renamed(state: SequenceState, schema: str, other: str) -> Any:
    """Return a sequence of one schema as if it were in another, with which its tables agree."""
    import msgspec

    owner = state.owner
    if owner and owner[0] == schema:
        owner = (other, *owner[1:])
    return msgspec.structs.replace(state, schema=other, owner=owner)


ADVISOR = Advisor(RULE, advise)
