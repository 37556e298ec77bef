"""What constraints have in common, on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias

from drift.kinds.base import LiveProblem
from drift.kinds.metadata.declaration import truncate
from drift.kinds.sql import types
from drift.model import Rule, Severity

NOT_VALIDATED = Rule(
    id="not-validated-constraint",
    severity=Severity.WARNING,
    summary="The constraint is NOT VALID: existing rows were not checked when it was added.",
    impact="New rows are checked; existing rows can violate what the models count on.",
    remedy="ALTER TABLE … VALIDATE CONSTRAINT once the rows that violate it are fixed.",
)


class Validated(Protocol):
    """A constraint that may be NOT VALID."""

    @property
    def validated(self) -> bool: ...
    @property
    def enforced(self) -> bool: ...


def not_validated(declared: Validated, live: Validated) -> Iterator[LiveProblem]:
    """Report a live constraint that is NOT VALID where the model does not say so."""
    if declared.validated and live.enforced and not live.validated:
        yield LiveProblem(
            NOT_VALIDATED.id, "validated", "is NOT VALID: existing rows were never checked"
        )


def state_clause(item: Validated) -> dict[str, str]:
    """Return the cell that tells whether a constraint holds, if it does not."""
    if not item.enforced:
        return {"state": "NOT ENFORCED"}
    return {} if item.validated else {"state": "NOT VALID"}


class Deferrable(Protocol):
    """A constraint that may be checked at COMMIT."""

    @property
    def deferrable(self) -> bool: ...
    @property
    def initially_deferred(self) -> bool: ...


def deferrable_clause(item: Deferrable) -> dict[str, str]:
    """Return the cell that tells when a constraint is checked, if that is not at once."""
    if not item.deferrable:
        return {}
    return {"deferrable": f"DEFERRABLE{' INITIALLY DEFERRED' * item.initially_deferred}"}


DEFERRABLE_CELLS = {"deferrable": "deferrable", "initially_deferred": "deferrable"}
STATE_CELLS = {"validated": "state", "enforced": "state"}


def include_clause(columns: Sequence[str]) -> dict[str, str]:
    """Return the cell of the columns that an index only stores."""
    return {"include": f"INCLUDE ({names(columns)})"} if columns else {}


def names(columns: Iterable[str]) -> str:
    """Return columns with commas between them."""
    return ", ".join(map(types.quote, columns))


def columns_sql(relation: str, numbers: str) -> str:
    """Return SQL for the names of the columns that an array of their numbers stands for."""
    return (
        "(SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY u.place), '[]')"
        f" FROM pg_catalog.unnest({numbers}) WITH ORDINALITY u(number, place),"
        " LATERAL (SELECT a.attname FROM pg_catalog.pg_attribute a"
        f" WHERE a.attrelid = {relation} AND a.attnum = u.number OFFSET 0) a)"
    )


def newer(column: str, catalog: str, alias: str, otherwise: str) -> str:
    """Return SQL for a catalog column that older servers do not have, where it is `otherwise`.

    Inside the inner SELECT the name means the catalog's column where there is one, and else the
    column of the same name of the row around it.
    """
    key = "indexrelid" if catalog == "pg_index" else "oid"
    return (
        f"(SELECT (SELECT {column} FROM pg_catalog.{catalog} newer"
        f" WHERE newer.{key} = {alias}.{key})"
        f" FROM (SELECT {otherwise} AS {column}) older)"
    )


def storage_sql(relation: str) -> str:
    """Return SQL for the storage parameters of a relation, as pairs of name and value."""
    return (
        "(SELECT coalesce(pg_catalog.json_agg("
        "pg_catalog.json_build_array(o.option_name, o.option_value)"
        " ORDER BY o.option_name), '[]')"
        f" FROM pg_catalog.pg_options_to_table({relation}.reloptions) o)"
    )


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
    """Return a `postgresql_…` option of a constraint, an index or a table; None where unset."""
    if "dialect_options" not in vars(item):  # made at the first use, and costly
        return None
    options = item.dialect_options["postgresql"]
    try:
        return options[name]
    except KeyError:
        return None
