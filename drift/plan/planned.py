"""The steps of each change, and the changes that they wait for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from drift.kinds.sql.type_families import refused
from drift.plan import ddl
from drift.plan.changes import uses_columns
from drift.plan.context import Context
from drift.plan.recipe import Change, Refused, Release
from drift.plan.recipes import RECIPES
from drift.plan.recipes.online import Group
from drift.plan.recipes.online import steps as online_steps
from drift.plan.recipes.users import mentions
from drift.plan.step import Phase, Step
from drift.plan.surroundings import TypeUse


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of one change. `reason`: why it has none. `waits`: the path it waits for.

    A cleanup has no change of its own: it is not taken back. `together`: steps of another change
    make this one, too.
    """

    change: Change
    steps: tuple[Step, ...] = ()
    releases: tuple[Release, ...] = ()
    reason: str = ""
    waits: str = ""
    is_cleanup: bool = False
    together: bool = False

    @property
    def runs(self) -> bool:
        """Whether all of its steps are run."""
        return not (self.reason or self.waits) and all(
            each.decision is None and not each.blocked for each in self.steps
        )


def path(change: Change) -> str:
    item = change.wanted if change.present is None else change.present
    parts = (item.schema, item.table, item.name or item.called)
    return ".".join(part for part in parts if part)


def planned(change: Change, context: Context) -> Planned:
    """Return the steps of one change; none if its recipe refuses it."""
    recipes = RECIPES[change.kind]
    recipe = recipes.missing if change.present is None else recipes.extra
    if change.present is not None and change.wanted is not None:
        recipe = recipes.changed
    if recipe is None:
        return Planned(change=change, reason="no statement changes it")
    steps, releases = [], []
    try:
        for outcome in recipe(change, context):
            if isinstance(outcome, Refused):
                return Planned(change=change, reason=outcome.reason)
            if isinstance(outcome, Release):
                releases.append(outcome)
            else:
                steps.append(_judged(outcome, change, context))
    except ValueError as problem:
        return Planned(change=change, reason=f"it {problem}")
    return Planned(change=change, steps=tuple(steps), releases=tuple(releases))


_OF_TYPE = frozenset({"type", "collation", "collation_schema"})


def online(members: Sequence[Change], group: Group, context: Context) -> Iterator[Planned]:
    """Yield the changes of columns that are made together, and the drop of the old columns."""
    first = members[0]
    findings = tuple(finding for change in members for finding in change.findings)
    together = msgspec.structs.replace(first, findings=findings)
    steps = [
        _judged(each, together, context)
        for each in online_steps(group, context)
        if isinstance(each, Step)
    ]
    own = tuple(each for each in steps if each.phase is not Phase.DROP_COLUMNS)
    for change in members:
        rest = frozenset(
            each for each in change.attributes if each.partition(".")[0] not in _OF_TYPE
        )
        others = planned(msgspec.structs.replace(change, attributes=rest), context)
        yield msgspec.structs.replace(
            others,
            change=change,
            steps=(*(own if change is first else ()), *others.steps),
            together=True,
        )
    drops = tuple(each for each in steps if each.phase is Phase.DROP_COLUMNS)
    old = Change(kind="column", present=first.present)
    yield Planned(change=old, steps=drops, is_cleanup=True)


def _judged(each: Step, change: Change, context: Context) -> Step:
    """Return the step with its findings, and with the hazards that the user did not allow."""
    blocked = tuple(hazard for hazard in each.hazards if hazard not in context.options.allow)
    return msgspec.structs.replace(each, blocked=blocked, findings=change.findings)


def waiting(all_planned: Sequence[Planned], context: Context) -> list[Planned]:
    """Let every step of a change wait if one does, and the changes that need its columns."""
    stopped = {}
    for entry in all_planned:
        if entry.change.kind == "column" and not entry.runs and entry.change.wanted is not None:
            stopped[_column(entry.change.wanted)] = path(entry.change)
    unequal = _unequal(all_planned, context)
    stopped |= unequal | _absent(all_planned, context)
    left = {
        _column(entry.change.present): entry.change
        for entry in all_planned
        if entry.runs
        and entry.change.kind in {"column", "table"}
        and entry.change.present is not None
    }
    return [
        _stopped(
            entry,
            stopped,
            _users(entry.change, left, context) or _waiting_for(entry.change, unequal),
        )
        for entry in all_planned
    ]


def _absent(all_planned: Sequence[Planned], context: Context) -> dict[Any, str]:
    """Return the wanted columns that neither exist nor are added by this plan."""
    added, created = set(), set()
    for entry in all_planned:
        item = entry.change.wanted
        if item is None or entry.reason:
            continue
        if entry.change.kind == "column":
            added.add(_column(item))
        elif entry.change.kind in {"table", "schema"} and entry.change.present is None:
            created.add((item.schema, item.name if entry.change.kind == "table" else None))
    return {
        _column(each): ".".join(filter(None, _column(each)))
        for each in context.wanted.objects.get("column", ())
        if _column(each) not in added
        and not created & {(each.schema, each.table), (each.schema, None)}
        and context.present_column((each.schema, each.table), each.name) is None
    }


def _waiting_for(change: Change, unequal: Mapping[Any, str]) -> str:
    if change.kind != "column" or change.wanted is None:
        return ""
    return unequal.get(_column(change.wanted), "")


def _unequal(planned_ones: Sequence[Planned], context: Context) -> dict[Any, str]:
    """Return the columns whose conversion would leave a foreign key between two types.

    PostgreSQL does not compare them: the other end is not converted, or not by this plan.
    """
    converted = {
        _column(entry.change.present): entry.change.wanted.type
        for entry in planned_ones
        if entry.runs and entry.change.kind == "column" and None not in _sides(entry.change)
    }
    gone = {
        id(entry.change.present)
        for entry in planned_ones
        if entry.runs and entry.change.wanted is None
    }
    keys = [key for key in context.present.objects.get("foreign-key", ()) if id(key) not in gone]
    stopped: dict[Any, str] = {}
    found_more = True
    while found_more:
        found_more = False
        for key in keys:
            ends = list(_ends(key))
            for own, other in (*ends, *((b, a) for a, b in ends)):
                if own in converted and _differ(own, other, converted, context):
                    del converted[own]
                    stopped[own] = ".".join(map(str, other))
                    found_more = True
    return stopped


def _differ(own: Any, other: Any, converted: Mapping[Any, str], context: Context) -> bool:
    """Return whether PostgreSQL would not compare two ends, or the other one is not known."""
    type_ = _type(other, converted, context)
    return not type_ or refused(converted[own], type_)


def _sides(change: Change) -> tuple[Any, Any]:
    return change.wanted, change.present


def _ends(key: Any) -> Iterator[tuple[Any, Any]]:
    for own, target in zip(key.columns, key.target_columns, strict=True):
        yield (key.schema, key.table, own), (key.target_schema, key.target_table, target)


def _type(column: Any, converted: Mapping[Any, str], context: Context) -> str:
    live = context.present_column((column[0], column[1]), column[2])
    return converted.get(column) or (live.type if live else "")


def _column(item: Any) -> tuple[str, str | None, str | None]:
    return item.schema, item.table, item.name


def _users(change: Change, left: Mapping[Any, Change], context: Context) -> str:
    """Return a column that keeps a type, which the models do not have, from being dropped."""
    item = change.present
    if change.kind not in {"enum", "domain"} or change.wanted is not None:
        return ""
    for use in context.uses(item.schema, item.name):
        own = left.get((use.schema, use.table, use.column)) or left.get(
            (use.schema, None, use.table)
        )
        if own is None or (
            own.kind == "column" and own.wanted and own.wanted.type == _type_path(use)
        ):
            return f"{use.schema}.{use.table}.{use.column}"
    return ""


def _type_path(use: TypeUse) -> str:
    return ddl.path(use.type_schema, use.type_name) + ("[]" if use.array else "")


def _in_expressions(change: Change, stopped: Mapping[Any, str]) -> Iterator[Any]:
    """Yield the stopped columns that an expression of a wanted check or index names."""
    item = change.wanted
    texts = [getattr(item, "expression", None), getattr(item, "predicate", None)]
    texts += [key.expression for key in getattr(item, "keys", ())]
    named = [text for text in texts if isinstance(text, str)]
    for schema, table, name in stopped if named and item is not None else ():
        if (schema, table) == (item.schema, item.table):
            yield from ((schema, table, name) for text in named if mentions(text, name))


def _stopped(entry: Planned, stopped: dict[Any, str], user: str) -> Planned:
    used = (*uses_columns(entry.change), *_in_expressions(entry.change, stopped))
    waits = next((stopped[key] for key in used if key in stopped), user)
    if entry.is_cleanup:
        return entry
    if not waits and not entry.runs and not entry.reason:
        waits = path(entry.change)
    if not waits:
        return entry
    steps = tuple(
        each if each.decision or each.blocked else msgspec.structs.replace(each, waits=waits)
        for each in entry.steps
    )
    return msgspec.structs.replace(entry, steps=steps, waits=waits)
