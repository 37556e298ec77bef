"""Text in statements of our own: literals, lists of names, JSON."""

from __future__ import annotations

from collections.abc import Iterable


def literal(text: str) -> str:
    """Return a string literal that does not depend on the session's settings.

    psycopg's own would go through adapters, which an application may have replaced.
    """
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"


def names(values: Iterable[str]) -> str:
    """Return SQL for an array of names."""
    return f"ARRAY[{', '.join(map(literal, values))}]::name[]"


def json_text(json: str) -> str:
    """Return SQL for JSON as text.

    The functions of the types are called, because a superuser may have replaced the cast.
    """
    return f"pg_catalog.textin(pg_catalog.json_out({json}))"


ROW = json_text("pg_catalog.row_to_json(q)")
"""SQL for a row `q` as JSON."""
