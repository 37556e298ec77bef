"""Verifies the bind that a target chooses of an expected side."""

from __future__ import annotations

from collections.abc import Mapping

from drift.errors import ModelsError


def require(name: str, bind: str | None, binds: Mapping[str, int], *, has_tables: bool) -> None:
    """Raise ModelsError for a bind without tables, and if a bind must be chosen.

    `has_tables`: some tables belong to no bind.
    """
    keys = ", ".join(binds)
    if bind is None:
        if binds and not has_tables:
            raise ModelsError(
                f"every table of {name} belongs to a bind ({keys}); set the option bind to one"
            )
    elif bind not in binds:
        known = f"known are {keys}" if keys else "its models have no bind key"
        raise ModelsError(f"{name} has no table of the bind {bind}; {known}")
