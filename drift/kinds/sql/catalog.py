"""Pieces of the catalog SQL that several kinds have."""

from __future__ import annotations


def rows_of(catalog: str, alias: str, condition: str, columns: str) -> str:
    """Return SQL to join the rows of a catalog, which are found by an index for each row before.

    It follows another item of FROM, since it begins with a comma. `columns` are only those that are
    used: the planner copies the list at every level.

    The planner knows nothing of the CTEs. Left to it, a join of many wanted tables with
    pg_constraint compares each row of one with each of the other, and that of a few tables reads
    the whole catalog. OFFSET 0 keeps it from merging this query into the one around it. In an
    EXISTS, it keeps the planner from planning the query twice, for one row and for all.
    """
    return (
        f", LATERAL (SELECT {columns} FROM pg_catalog.{catalog} {alias}"
        f" WHERE {condition} OFFSET 0) {alias}"
    )


def columns_sql(relation: str, numbers: str) -> str:
    """Return SQL for the names of the columns that an array of their numbers stands for.

    OFFSET 0 keeps the planner from merging the inner SELECT into a join over all columns of the
    database: it is one lookup by the index per number, in the order of the array. ARRAY is faster
    than json_agg.
    """
    return (
        f"ARRAY(SELECT a.attname FROM pg_catalog.unnest({numbers}) u(number),"
        " LATERAL (SELECT a.attname FROM pg_catalog.pg_attribute a"
        f" WHERE a.attrelid = {relation} AND a.attnum = u.number OFFSET 0) a)"
    )


def include_sql(index: str) -> str:
    """Return SQL for the names of the columns after INCLUDE of a row of pg_index."""
    numbers = f"({index}.indkey::int2[])[{index}.indnkeyatts:]"
    included = columns_sql(f"{index}.indrelid", numbers)
    return f"CASE WHEN {index}.indnatts > {index}.indnkeyatts THEN {included} ELSE '{{}}' END"


def older(**columns: str) -> str:
    """Return SQL for a FROM list, for columns of the catalog that older servers do not have.

    `columns` are SQL for their values on such servers. In a LATERAL query of the same list they
    stand without an alias: the name means the catalog's column if there is one, and else this one.
    """
    values = ", ".join(f"{value} AS {column}" for column, value in columns.items())
    return f"(SELECT {values}) older"


def storage_sql(relation: str) -> str:
    """Return SQL for the storage parameters of a relation, as pairs of name and value."""
    return (
        f"CASE WHEN {relation}.reloptions IS NULL THEN '[]' ELSE (SELECT pg_catalog.json_agg("
        "pg_catalog.json_build_array(o.option_name, o.option_value)"
        " ORDER BY o.option_name)"
        f" FROM pg_catalog.pg_options_to_table({relation}.reloptions) o) END"
    )
