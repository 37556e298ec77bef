"""Relationships whose handling of deletes contradicts the ON DELETE of the database.

`cascade`, `passive_deletes` and whether the children are loaded decide how SQLAlchemy treats the
children of a deleted row; PostgreSQL does the rest by the foreign key. The tests delete rows in
every combination.
"""

from __future__ import annotations

from collections.abc import Iterator

from drift.kinds.advice.base import Advice, Advisor, Subject, advice_rule
from drift.kinds.advice.mappings import Relationship
from drift.kinds.constraint import names
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.model import ObjectRef

RULE = advice_rule(
    id="delete-rule-contradiction",
    summary="The ORM's handling of deletes contradicts the foreign key's ON DELETE.",
    impact="session.delete() fails, or children are kept that either side means to delete.",
    remedy="For a key with ON DELETE CASCADE, declare cascade='all, delete' and "
    "passive_deletes=True. Without it, remove passive_deletes, or change the foreign key.",
)
SLOW = advice_rule(
    id="delete-loads-children",
    summary="The ORM loads and deletes children that ON DELETE CASCADE deletes anyway.",
    impact="Each session.delete() reads all children and sends a DELETE for them first.",
    remedy="Add passive_deletes=True to the relationship, unless events of the children count.",
)


def advise(subject: Subject) -> Iterator[Advice]:
    """Yield the relationships whose deletes fail, or have two outcomes."""
    for item, key in _relationships(subject):
        required = _required(subject, item)
        outcome = _of_secondary(item, key, required) if item.secondary else (
            _passive(item, key, required) if item.passive == "yes" else _active(item, key, required)
        )  # fmt: skip
        if outcome:
            yield Advice(ref=reference(item), detail=_detail(item, key, outcome))


def advise_slow(subject: Subject) -> Iterator[Advice]:
    """Yield the relationships that load children which PostgreSQL would delete by itself."""
    for item, key in _relationships(subject):
        slow = item.deletes and item.passive == "no" and not item.secondary
        if slow and key.on_delete == "CASCADE":
            detail = f"deletes each {item.child} by itself, and {key.name} has ON DELETE CASCADE"
            yield Advice(ref=reference(item), detail=detail)


def reference(item: Relationship) -> ObjectRef:
    """Return the name of a relationship in findings."""
    return ObjectRef("relationship", item.schema, item.table, item.name)


def _relationships(subject: Subject) -> Iterator[tuple[Relationship, ForeignKey]]:
    """Yield the relationships that alone decide about their children, with their foreign keys.

    A trigger that reacts to DELETE may remove the children first.
    """
    for item in subject.mappings.relationships:
        state = subject.states.get((item.schema, item.table))
        if item.view_only or not item.alone or item.is_unusual or item.passive == "all":
            continue
        if state and state.guarded:
            continue
        keys = [
            key
            for key in subject.live_of("foreign-key", item.child_schema, item.child_table)
            if _is_of(key, item)
        ]
        if len(keys) == 1 and keys[0].enforced and keys[0].active:
            yield item, keys[0]


def _is_of(key: ForeignKey, item: Relationship) -> bool:
    pairs = set(zip(key.columns, key.target_columns, strict=True))
    return (key.target_schema, key.target_table) == (item.schema, item.table) and pairs == set(
        zip(item.columns, item.target_columns, strict=True)
    )


def _required(subject: Subject, item: Relationship) -> str:
    """Return a column of the key that takes no NULL; "" if all do."""
    columns = subject.columns(item.child_schema, item.child_table)
    required = [name for name in item.columns if name in columns and not columns[name].nullable]
    return required[0] if required else ""


_REFUSING = {"NO ACTION", "RESTRICT"}


def _passive(item: Relationship, key: ForeignKey, required: str) -> str:
    """Return the conflict with passive_deletes=True, which leaves unloaded children; "" if none."""
    rule = key.on_delete
    if rule in _REFUSING:
        return "passive_deletes=True leaves children that are not loaded: the DELETE fails"
    if rule == "SET NULL" and required:
        return f"the DELETE fails for children that are not loaded: {required} is NOT NULL"
    if item.deletes and rule != "CASCADE":
        return "children that are not loaded are kept, and cascade deletes those that are"
    if not item.deletes and rule == "CASCADE":
        return f"children that are not loaded are deleted; {_nulled(required)}"
    return ""


def _nulled(required: str) -> str:
    if required:
        return f"for those that are, the ORM sets {required} to NULL, which fails"
    return "those that are loaded are kept, with NULL"


def _active(item: Relationship, key: ForeignKey, required: str) -> str:
    """Return the conflict with loading all children and setting them to NULL; "" if none."""
    rule = key.on_delete
    if item.deletes or rule in _REFUSING:
        return ""
    if required and rule in {"CASCADE", "SET DEFAULT"}:
        return f"the ORM sets {required} of all children to NULL first, which fails"
    if rule == "CASCADE":
        return "the ORM sets all children to NULL first, so that they are kept"
    if rule == "SET DEFAULT":
        return "the ORM sets all children to NULL first, and not to the default"
    return ""


def _of_secondary(item: Relationship, key: ForeignKey, required: str) -> str:
    """Return the conflict with passive_deletes=True of a many-to-many relationship; "" if none."""
    if item.passive == "no" or key.on_delete == "CASCADE":
        return ""
    table = item.child_table
    if key.on_delete in _REFUSING:
        return f"rows of {table} that are not loaded stay: the DELETE fails"
    if key.on_delete == "SET NULL" and required:
        return f"the DELETE fails for rows of {table} that are not loaded: {required} is NOT NULL"
    return f"rows of {table} that are not loaded are kept"


def _detail(item: Relationship, key: ForeignKey, outcome: str) -> str:
    own = names(item.columns)
    return f"{key.name} on {item.child_table} ({own}) has ON DELETE {key.on_delete}: {outcome}"


ADVISOR = Advisor(RULE, advise)
SLOW_ADVISOR = Advisor(SLOW, advise_slow)
