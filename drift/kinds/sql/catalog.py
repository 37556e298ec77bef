"""Pieces of the catalog SQL that several kinds have."""

from __future__ import annotations


def columns_sql(relation: str, numbers: str) -> str:
    """Return SQL for the names of the columns that an array of their numbers stands for.

    OFFSET 0 keeps the planner from merging the inner SELECT into a join over all columns of the
    database: it is one lookup by the index per number.
    """
    return (
        "(SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY u.ordinal), '[]')"
        f" FROM pg_catalog.unnest({numbers}) WITH ORDINALITY u(number, ordinal),"
        " LATERAL (SELECT a.attname FROM pg_catalog.pg_attribute a"
        f" WHERE a.attrelid = {relation} AND a.attnum = u.number OFFSET 0) a)"
    )


def newer(column: str, catalog: str, alias: str, otherwise: str) -> str:
    """Return SQL for a catalog column, and for `otherwise` on older servers, which do not have it.

    Inside the inner SELECT the name means the catalog's column if there is one, and else the
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
