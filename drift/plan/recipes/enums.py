"""Enums."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from drift.kinds.enum import Enum
from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.plan import ddl, excuses
from drift.plan.context import Context
from drift.plan.names import shortened
from drift.plan.operation import Lock, Operation, Work
from drift.plan.operations import columns, relations
from drift.plan.recipe import Change, Outcome, Refused, Release, step
from drift.plan.recipes.users import by_expression
from drift.plan.step import Choice, Decision, Hazard, Phase, Precheck, deciding
from drift.plan.surroundings import TypeUse

NONE = "none"
"""The answer that no row holds a label."""


def _path(item: Any) -> str:
    return ddl.path(item.schema, str(item.name))


def missing(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the enum."""
    del context
    title = f"create the enum {_path(change.wanted)}"
    yield step(title, Phase.TYPES, relations.create_enum(change.wanted))


def changed(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield new labels if that is all; else a new type takes the place of the old one."""
    wanted, present = change.wanted, change.present
    gone = [label for label in present.labels if label not in wanted.labels]
    in_order = [label for label in wanted.labels if label in present.labels] == list(present.labels)
    answers = {
        label: context.options.decisions.get(f"{present.schema}.{present.name}.{label}")
        for label in gone
    }
    if not gone and in_order:
        yield from _added_labels(wanted, present)
    elif unknown := [label for label in gone if answers[label] is None]:
        yield _undecided(wanted, present, unknown)
    elif renames := _renames(wanted, present, answers):
        yield step(f"rename labels of {_path(wanted)}", Phase.TYPES, renames)
        renamed = tuple(
            answers[label] or label if label in answers else label for label in present.labels
        )
        yield from _added_labels(wanted, msgspec.structs.replace(present, labels=renamed))
    else:
        yield from _replaced(wanted, present, answers, context)


def _added_labels(wanted: Enum, present: Enum) -> Iterator[Outcome]:
    """Yield one step per label: a new label must be committed before it is used."""
    known = list(present.labels)
    for position, label in enumerate(wanted.labels):
        if label in known:
            continue
        neighbour = ""
        if position:
            neighbour = f"AFTER {string_literal(wanted.labels[position - 1])}"
        elif known:
            neighbour = f"BEFORE {string_literal(known[0])}"
        title = f"add the label {string_literal(label)} to {_path(wanted)}"
        yield step(title, Phase.TYPES, relations.add_label(wanted, label, neighbour))
        known.insert(position, label)


def _undecided(wanted: Enum, present: Enum, labels: list[str]) -> Outcome:
    names = ", ".join(map(string_literal, labels))
    return step(
        f"replace {names} in {_path(wanted)}",
        Phase.CONVERT,
        (),
        decision=Decision(
            question=f"Only the database has {names}: rows may hold it.",
            choices=tuple(
                Choice(
                    option=deciding(f"{present.schema}.{present.name}.{label}", "LABEL"),
                    effect="rows with the old label get this one; a label in the same position "
                    "is renamed",
                )
                for label in labels
            )
            + tuple(
                Choice(
                    option=deciding(f"{present.schema}.{present.name}.{label}", NONE),
                    effect="removes the label; the plan stops before any change if a row holds it",
                )
                for label in labels
            ),
        ),
    )


def _renames(wanted: Enum, present: Enum, answers: dict[str, str | None]) -> list[Operation]:
    """Return the renames if each old label becomes one that the database does not have."""
    if NONE in answers.values():
        return []
    new = [answers.get(label) or label for label in present.labels]
    fresh = all(answer not in present.labels for answer in answers.values())
    if not fresh or [label for label in wanted.labels if label in new] != new:
        return []
    exists = "EXISTS (SELECT FROM pg_enum WHERE enumtypid = to_regtype({}) AND enumlabel = {})"
    path = _path(wanted)
    return [
        Operation(
            sql=f"ALTER TYPE {path} RENAME VALUE {string_literal(old)} "
            f"TO {string_literal(str(label))}",
            done=exists.format(string_literal(path), string_literal(str(label))),
            excuses={"renaming-object": excuses.DECLARED},
        )
        for old, label in answers.items()
    ]


def _replaced(
    wanted: Enum, present: Enum, answers: dict[str, str | None], context: Context
) -> Iterator[Outcome]:
    """Yield the swap of the type under all of its columns, in one transaction."""
    uses = list(context.uses(present.schema, str(present.name)))
    tables = sorted({(use.schema, use.table) for use in uses})
    if users := context.users_of_type(uses):
        yield Refused(f"columns of the type are used by {', '.join(users)}; drop that first")
        return
    old = msgspec.structs.replace(present, name=shortened(str(present.name), "_drift_old"))
    done = _labels_are(wanted)
    operations = [
        msgspec.structs.replace(relations.rename_type(present, str(old.name)), done=done),
        msgspec.structs.replace(relations.create_enum(wanted), done=done),
        *(
            msgspec.structs.replace(each, done=f"NOT {relations.type_exists(old)}")
            for use in uses
            for each in _converted(use, wanted, answers, context)
        ),
        relations.drop_type(old, "TYPE"),
    ]
    for use in uses:
        column = context.present_column((use.schema, use.table), use.column)
        yield from by_expression(column, context) if column else ()
        for key in context.foreign_keys_on((use.schema, use.table), use.column):
            yield Release(kind="foreign-key", item=key)
    hazards = [] if context.short_way(*tables) else [Hazard.REWRITE]
    checks = [_held(use, label) for use in uses for label, new in answers.items() if new == NONE]
    yield step(
        f"replace the enum {_path(wanted)}",
        Phase.TYPES,
        operations,
        hazards=hazards,
        prechecks=checks,
    )


def _held(use: TypeUse, label: str) -> Precheck:
    """Return the query for the rows that hold a label."""
    path, name = ddl.path(use.schema, use.table), types.quote(use.column)
    text = f"{string_literal(label)} = " + (
        f"ANY ({name}::text[])" if use.array else f"{name}::text"
    )
    return Precheck(
        problem=f"rows of {path} hold {string_literal(label)}",
        query=f"SELECT {name}::text AS value FROM {path} WHERE {text}",
    )


def _labels_are(wanted: Enum) -> str:
    labels = ", ".join(map(string_literal, wanted.labels))
    return (
        "(SELECT array_agg(enumlabel::text ORDER BY enumsortorder) FROM pg_enum"
        f" WHERE enumtypid = to_regtype({string_literal(_path(wanted))})) = ARRAY[{labels}]"
    )


def _replacing(text: str, answers: dict[str, str | None], *, array: bool) -> str:
    """Return the text of a value, or of the items of an array, with other labels in it."""
    pairs = [
        (string_literal(old), string_literal(str(new)))
        for old, new in answers.items()
        if new != NONE
    ]
    if array:
        for old, new in pairs:
            text = f"array_replace({text}, {old}, {new})"
        return text
    cases = " ".join(f"WHEN {old} THEN {new}" for old, new in pairs)
    return f"CASE {text} {cases} ELSE {text} END" if cases else text


def _converted(
    use: TypeUse, wanted: Enum, answers: dict[str, str | None], context: Context
) -> Iterator[Operation]:
    table = (use.schema, use.table)
    column = context.present_column(table, use.column)
    name = ddl.path(*table)
    array = "[]" if use.array else ""
    text = _replacing(f"{types.quote(use.column)}::text{array}", answers, array=use.array)
    default = column.default if column else None
    if column and default is not None:
        yield columns.set_default(column, None)
    yield Operation(
        sql=f"ALTER TABLE {name} ALTER COLUMN {types.quote(use.column)} TYPE "
        f"{_path(wanted)}{array} USING ({text})::{_path(wanted)}{array}",
        locks={table: Lock.ACCESS_EXCLUSIVE},
        work=Work.REWRITE,
        excuses=excuses.of_conversion(Work.REWRITE),
    )
    if column and default is not None:
        wanted_column = context.wanted_column(table, use.column)
        default = wanted_column.default if wanted_column else _without_labels(default, answers)
        if default is not None:
            yield columns.set_default(column, default)


def _without_labels(default: str, answers: dict[str, str | None]) -> str | None:
    """Return the default of a column that no model declares, with the labels that exist then."""
    for old, new in answers.items():
        if string_literal(old) in default and new in {None, NONE}:
            return None
        default = default.replace(string_literal(old), string_literal(str(new)))
    return default


def extra(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the drop of an enum or a domain."""
    del context
    word = "DOMAIN" if change.kind == "domain" else "TYPE"
    yield step(
        f"drop the {change.kind} {_path(change.present)}",
        Phase.DROP_TYPES,
        relations.drop_type(change.present, word),
        hazards=[Hazard.DROP],
    )
