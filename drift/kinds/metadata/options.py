"""Options of declared constraints, indexes and tables that several kinds have."""

from __future__ import annotations

from typing import Any, TypeAlias

from drift.kinds.metadata.declaration import truncate

Storage: TypeAlias = tuple[tuple[str, str], ...]


def storage(item: Any) -> Storage:
    """Return the storage parameters (`postgresql_with`) that a table or an index declares."""
    declared = option(item, "with") or {}
    pairs = ((str(name).lower(), _storage_value(value)) for name, value in declared.items())
    return tuple(sorted(pairs))


def assumed_storage(declared: Storage, live: Storage) -> Storage:
    """Add to the declared parameters those that only the database sets."""
    return tuple(sorted((dict(live) | dict(declared)).items()))


def comparable_storage(parameters: Storage) -> dict[str, str]:
    """Return storage parameters with their values in one spelling: `on` is `true`, 0.10 is 0.1."""
    return {name: _one_spelling(value) for name, value in parameters}


_WORDS = {"on": "true", "yes": "true", "off": "false", "no": "false"}


def _one_spelling(value: str) -> str:
    try:
        return f"{float(value):.12g}"
    except ValueError:
        return _WORDS.get(value.lower(), value.lower())


def _storage_value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def deferrability(constraint: Any) -> dict[str, Any]:
    """Return the `deferrable` and `initially_deferred` fields of a declared constraint."""
    deferred = str(constraint.initially or "").upper() == "DEFERRED"
    return {
        "deferrable": bool(constraint.deferrable) or deferred,
        "initially_deferred": deferred,
    }


def included(item: Any) -> tuple[str, ...]:
    """Return the columns of `postgresql_include`, which are columns or their keys, by name."""
    columns = (
        item.table.columns.get(column, column) if isinstance(column, str) else column
        for column in option(item, "include") or ()
    )
    return tuple(truncate(str(getattr(column, "name", column))) for column in columns)


def option(item: Any, name: str) -> Any:
    """Return a `postgresql_…` option of a constraint, an index or a table; None if unset."""
    if "dialect_options" not in vars(item):  # made at the first use, and costly
        return None
    options = item.dialect_options["postgresql"]
    try:
        return options[name]
    except KeyError:
        return None
