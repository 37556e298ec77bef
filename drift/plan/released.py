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
    for one in planned:
        for release in one.releases if one.runs else ():
            if not release.declared or _is_declared(release, planned, context):
                releases.setdefault((release.kind, release.item), release)
    steps: list[Step] = []
    for (kind, item), release in releases.items():
        findings = tuple(
            dict.fromkeys(
                finding
                for one in planned
                if release in one.releases
                for finding in one.change.findings
            )
        )
        if not release.gone:
            steps.append(_drop(release, findings))
        if not release.last:
            steps += _added_again(kind, _successor(kind, item, planned), findings, context)
    return steps


def _is_declared(release: Release, planned: Sequence[Planned], context: Context) -> bool:
    """Return whether the models say what should be there afterwards."""
    item, kind = release.item, release.kind
    for one in planned:
        if one.change.present is item:
            return one.runs
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
    """Return what should exist instead of a live object: itself, unless a change says more."""
    for one in planned:
        if one.change.kind == kind and one.change.present is item and one.runs:
            return one.change.wanted
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


def is_superseded(one: Planned, released: Collection[int]) -> bool:
    """Return whether the live object is dropped and the wanted one added by another change."""
    return one.runs and one.change.wanted is not None and id(one.change.present) in released
