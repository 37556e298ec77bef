"""The clauses and states that several kinds of constraints have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from drift.kinds.base import LiveProblem
from drift.kinds.sql import types
from drift.model import Rule, Severity

NOT_VALIDATED = Rule(
    id="not-validated-constraint",
    severity=Severity.WARNING,
    summary="The constraint is NOT VALID: existing rows were not checked when it was added.",
    impact="New rows are checked; existing rows can violate the constraint.",
    remedy="ALTER TABLE … VALIDATE CONSTRAINT once the rows that violate it are fixed.",
)


class Validated(Protocol):
    """A constraint that may be NOT VALID."""

    @property
    def validated(self) -> bool: ...
    @property
    def enforced(self) -> bool: ...


def not_validated(declared: Validated, live: Validated) -> Iterator[LiveProblem]:
    """Report a live constraint that is NOT VALID, unless the model declares it so."""
    if declared.validated and live.enforced and not live.validated:
        yield LiveProblem(
            NOT_VALIDATED.id, "validated", "is NOT VALID: existing rows were never checked"
        )


def state_clause(item: Validated) -> dict[str, str]:
    """Return the cell of a constraint that is not enforced or not validated."""
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
    """Return the cell of a constraint that can be checked at COMMIT."""
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
