"""Literals and texts in statements of our own."""

from __future__ import annotations

from collections.abc import Iterable


def literal(text: str) -> str:
    """Return a string literal that is read alike whatever the session's settings are.

    psycopg's own would go through adapters, which an application may have replaced.
    """
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"


def names(values: Iterable[str]) -> str:
    """Return SQL for an array of names."""
    return f"ARRAY[{', '.join(map(literal, values))}]::name[]"


def json_text(json: str) -> str:
    """Return SQL for JSON as text, without a cast, for which a superuser may have put another."""
    return f"pg_catalog.textin(pg_catalog.json_out({json}))"


ROW = json_text("pg_catalog.row_to_json(q)")
"""SQL for a row `q` as JSON."""
