"""Parsed queries of views, without the names that mean nothing: aliases of tables.

PostgreSQL prints a view with the aliases that it was created with. Its parsed form has them in a
few places only, so that two queries can be compared without them, on one server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from drift.lazy_regex import lazy_regex

if TYPE_CHECKING:
    import psycopg

Trees: TypeAlias = "Mapping[tuple[str, str], str]"
"""The parsed query of each view, by schema and name."""

_FIRST_OID = 16384
"""The least number of an object that was made after initdb: such numbers differ by database."""
_NAMES = """
SELECT c.oid, 'relation ' || n.nspname || '.' || c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
UNION ALL SELECT t.oid, 'type ' || pg_catalog.format_type(t.oid, NULL) FROM pg_catalog.pg_type t
UNION ALL SELECT p.oid, 'function ' || p.oid::regprocedure FROM pg_catalog.pg_proc p
UNION ALL SELECT o.oid, 'operator ' || o.oid::regoperator FROM pg_catalog.pg_operator o
UNION ALL SELECT l.oid, 'collation ' || n.nspname || '.' || l.collname
FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
"""
_QUERIES = """
SELECT n.nspname, c.relname, pg_catalog.textin(pg_catalog.pg_node_tree_out(w.ev_action))
FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND w.rulename = '_RETURN'
"""

_MEANINGLESS = lazy_regex(
    r":(?:alias|eref) \{ALIAS :aliasname (?:\\.|[^ \\])+ "  # the rest names columns
    r"|:alias <>"
    r"|:(?:location|stmt_location|stmt_len|name_location|list_start|list_end) -?\d+"
    r"|:(?:func|relabel|coercion|convert|row|arraycoerce)format \d"  # a cast is written or implied
)
_ALIAS = lazy_regex(r":alias \{ALIAS :aliasname (?:\\.|[^ \\])+ :colnames (?:<>|\([^)]*\))\}")
_NUMBER = lazy_regex(r"(?<=[ (])\d{5,10}(?=[ )}])")


def trees(connection: psycopg.Connection[Any]) -> Trees:
    """Return the queries of all views that users made."""
    connection.execute(b"SET search_path = pg_catalog, pg_temp")
    own = f"SELECT * FROM ({_NAMES}) o(oid, name) WHERE oid >= {_FIRST_OID}"
    names = {str(oid): name for oid, name in connection.execute(own.encode()).fetchall()}
    rows = connection.execute(f"{_QUERIES} AND c.oid >= {_FIRST_OID}".encode()).fetchall()
    return {(schema, name): canonical(tree, names) for schema, name, tree in rows}


def canonical(tree: str, names: Mapping[str, str]) -> str:
    """Return a parsed query without aliases and places in its text, and with names for numbers.

    The names of columns stay: a whole row that becomes JSON has them.
    """
    bare = _MEANINGLESS.sub("", _ALIAS.sub("", tree))
    return _NUMBER.sub(lambda number: names.get(number[0], number[0]), bare)
