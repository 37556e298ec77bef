"""Columns of foreign keys whose type holds fewer values than the referenced column's."""

from __future__ import annotations

from collections.abc import Iterator

from drift.kinds.advice.base import Advice, Advisor, Subject, advice_rule
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.sequence.options import BITS
from drift.lazy_regex import lazy_regex
from drift.model import ObjectRef

RULE = advice_rule(
    id="narrow-key",
    summary="The type of a foreign key's column holds fewer values than that of its target.",
    impact="Rows with larger keys cannot be referenced: the INSERT fails with 'out of range' or "
    "'value too long'.",
    remedy="Give the column the type of the column that it references.",
)


def advise(subject: Subject) -> Iterator[Advice]:
    """Yield the columns that are narrower than their target on both sides."""
    for table in subject.tables:
        for key in subject.live_of("foreign-key", table.schema, table.name):
            yield from _of_key(subject, key)


def _of_key(subject: Subject, key: ForeignKey) -> Iterator[Advice]:
    live, declared = (_types(subject, key, live=side) for side in (True, False))
    for column, (own, target) in live.items():
        if is_narrower(own, target) and is_narrower(*declared.get(column, ("", ""))):
            item = subject.columns(key.schema, key.table)[column]
            yield Advice(
                ref=ObjectRef("column", key.schema, key.table, column),
                detail=f"is {own}, and {key.target_table}."
                f"{dict(zip(key.columns, key.target_columns, strict=True))[column]}, which it "
                f"references, is {target}",
                item=item,
            )


def _types(subject: Subject, key: ForeignKey, *, live: bool) -> dict[str, tuple[str, str]]:
    """Return the types of each column of a key and of its target, if both are known."""
    own = subject.columns(key.schema, key.table, live=live)
    targets = subject.columns(key.target_schema, key.target_table, live=live)
    return {
        column: (own[column].type, targets[target].type)
        for column, target in zip(key.columns, key.target_columns, strict=True)
        if column in own and target in targets
    }


_LENGTH = lazy_regex(r"(character varying|character|bit varying)(?:\((\d+)\))?")
_NUMERIC = lazy_regex(r"numeric(?:\((\d+),(\d+)\))?")


def is_narrower(own: str, target: str) -> bool:
    """Return whether a type certainly holds fewer values than another of the same family.

    >>> is_narrower("integer", "bigint"), is_narrower("text", "character varying(10)")
    (True, False)
    """
    if own in BITS and target in BITS:
        return BITS[own] < BITS[target]
    if (size := _text(own)) and (wanted := _text(target)):
        return size[0] == wanted[0] and size[1] < wanted[1]
    if (digits := _digits(own)) and (wanted_digits := _digits(target)):
        return any(have < want for have, want in zip(digits, wanted_digits, strict=True))
    return False


def _text(type_: str) -> tuple[str, float] | None:
    """Return the family of a text type, and how many characters it holds."""
    if type_ == "text":
        return "character varying", float("inf")
    match = _LENGTH.fullmatch(type_)
    return (match[1], float(match[2] or "inf")) if match else None


def _digits(type_: str) -> tuple[float, float] | None:
    """Return the digits of a numeric type before and after its point."""
    match = _NUMERIC.fullmatch(type_)
    if not match:
        return None
    if not match[1]:
        return float("inf"), float("inf")
    return float(match[1]) - float(match[2]), float(match[2])


ADVISOR = Advisor(RULE, advise)
