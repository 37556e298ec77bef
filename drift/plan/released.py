"""Objects in the way of steps: dropped before them, and added again after them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from drift.kinds.sql import types
from drift.plan import ddl
from drift.plan.context import Context
from drift.plan.names import name_of
from drift.plan.operations import constraints, indexes
from drift.plan.planned import Planned
from drift.plan.recipe import Change, Release, step
from drift.plan.recipes import RECIPES
from drift.plan.step import Phase, Step


def released(planned: Sequence[Planned], context: Context) -> list[Step]:
    """Return the drops of objects in the way, and the additions of their wanted forms.

    An object with a change of its own is not added twice: the steps of that change are dropped,
    because its old object is gone when they run.
    """
    releases: dict[tuple[str, Any], Release] = {}
    for entry in planned:
        for release in entry.releases if entry.runs else ():
            if not release.declared or _is_declared(release, planned, context):
                releases.setdefault((release.kind, release.item), release)
    steps: list[Step] = []
    for (kind, item), release in releases.items():
        findings = tuple(
            dict.fromkeys(
                finding
                for entry in planned
                if release in entry.releases
                for finding in entry.change.findings
            )
        )
        if not release.gone:
            steps.append(_drop(release, findings))
        if not release.last:
            steps += _added_again(kind, _successor(kind, item, planned), findings, context)
    return steps


def _is_declared(release: Release, planned: Sequence[Planned], context: Context) -> bool:
    """Return whether the models declare the object, or a change of the plan replaces it."""
    item, kind = release.item, release.kind
    for entry in planned:
        if entry.change.present is item:
            return entry.runs
    wanted = context.wanted_of(kind, ddl.table_name(item))
    return any(name_of(kind, each) == item.name for each in wanted)


def _drop(release: Release, findings: tuple[str, ...]) -> Step:
    item = release.item
    name = types.quote(str(item.name))
    drop = constraints.drop(item, str(item.name), late=release.last)
    if release.kind == "index":
        drop = indexes.drop(ddl.table_name(item), str(item.name), concurrently=False)
    made = step(
        f"drop the {release.kind.replace('-', ' ')} {name}, which is in the way",
        Phase.DROP_FOREIGN_KEYS if release.last else Phase.RELEASE,
        drop,
        table=ddl.table_name(item),
        excuses={"ban-drop-constraint": "a later step adds it again"},
    )
    return msgspec.structs.replace(made, findings=findings)


def _successor(kind: str, item: Any, planned: Sequence[Planned]) -> Any:
    """Return the object that should replace a live one: itself, unless a change has another."""
    for entry in planned:
        if entry.change.kind == kind and entry.change.present is item and entry.runs:
            return entry.change.wanted
    return item


def _added_again(kind: str, item: Any, findings: tuple[str, ...], context: Context) -> list[Step]:
    recipe = RECIPES[kind].missing
    if item is None or recipe is None:
        return []
    outcomes = recipe(Change(kind=kind, wanted=item), context)
    return [
        msgspec.structs.replace(each, findings=findings)
        for each in outcomes
        if isinstance(each, Step)
    ]


def is_superseded(entry: Planned, released: Collection[int]) -> bool:
    """Return whether the live object is dropped and the wanted one added by another change."""
    return entry.runs and entry.change.wanted is not None and id(entry.change.present) in released
