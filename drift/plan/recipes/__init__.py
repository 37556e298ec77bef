"""The steps for each kind of object that is missing, extra or different."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from drift.plan.recipe import Recipe
from drift.plan.recipes import (
    checks,
    column_changes,
    columns,
    domains,
    enums,
    foreign_keys,
    indexes,
    keys,
    relations,
    sql_objects,
)


class Recipes(NamedTuple):
    """The recipes of one kind; None: it cannot happen."""

    missing: Recipe | None
    extra: Recipe | None
    changed: Recipe | None


_OF_SQL = Recipes(sql_objects.created, sql_objects.extra, sql_objects.created)
RECIPES: Mapping[str, Recipes] = {
    "schema": Recipes(relations.missing_schema, relations.extra_schema, None),
    "table": Recipes(relations.missing_table, relations.extra_table, relations.changed_table),
    "enum": Recipes(enums.missing, enums.extra, enums.changed),
    "domain": Recipes(domains.missing, enums.extra, domains.changed),
    "sequence": Recipes(
        relations.missing_sequence, relations.extra_sequence, relations.changed_sequence
    ),
    "column": Recipes(columns.missing, columns.extra, column_changes.changed),
    "primary-key": Recipes(keys.missing, checks.extra, keys.changed),
    "unique": Recipes(keys.missing, checks.extra, keys.changed),
    "check": Recipes(checks.missing_check, checks.extra, checks.changed_check),
    "exclusion": Recipes(checks.missing_exclusion, checks.extra, checks.changed_exclusion),
    "foreign-key": Recipes(foreign_keys.missing, foreign_keys.extra, foreign_keys.changed),
    "index": Recipes(indexes.missing, indexes.extra, indexes.changed),
    "view": _OF_SQL,
    "materialized-view": _OF_SQL,
    "function": _OF_SQL,
    "trigger": _OF_SQL,
    "policy": _OF_SQL,
    "extension": _OF_SQL,
    "grant": _OF_SQL,
}
"""By the name of the kind; a new kind needs one line here."""
