"""The tenant that the command line names: one schema among those that a pattern matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drift.config import Target
from drift.errors import UsageError
from drift.sources.database.schema_patterns import is_pattern, pattern_of
from drift.sources.interface import Expected


def named_tenants(target: Target, schemas: Sequence[str]) -> Mapping[str, str]:
    """Return the schemas on the command line that match a pattern, there or of the target's.

    The values are the patterns.
    """
    patterns = list(filter(is_pattern, (*schemas, *target.schemas)))
    matches = {name: pattern_of(name, patterns) for name in schemas if not is_pattern(name)}
    return {name: pattern for name, pattern in matches.items() if pattern}


def without_replaced(schemas: Sequence[str], tenants: Mapping[str, str]) -> tuple[str, ...]:
    """Return the schemas of the command line without the patterns of which it names a tenant."""
    return tuple(
        schema
        for schema in schemas
        if not is_pattern(schema) or not any(pattern_of(name, [schema]) for name in tenants)
    )


def tenant_of(target: Target, expected: Expected) -> str:
    """Return the schema of the tables without one, if the command line names it; "" if not.

    Models that give each table a schema have no tenants. Raises UsageError for two names.
    """
    if None not in expected.schemas:
        return ""
    names = list(target.tenants)
    if len(names) > 1:
        patterns = ", ".join(dict.fromkeys(target.tenants.values()))
        raise UsageError(
            f"--schema: {names[0]} and {names[1]} are both tenants of {target.name} "
            f"({patterns}); name one of them, or give a pattern"
        )
    return names[0] if names else ""
