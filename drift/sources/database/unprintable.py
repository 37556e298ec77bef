"""Leaves expressions of the catalog unprinted if printing them ends the whole statement.

The server's functions that print an expression fail for one that is too deep for the session's
stack, for one whose function or type was dropped a moment ago, and for a role that may not call
them. The statement is sent again then, with a mark instead of those expressions.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from drift.kinds.sql.text import UNPRINTED
from drift.lazy_regex import lazy_regex
from drift.sources.database.sql_text import literal

_WHOLE = frozenset(
    "pg_get_partkeydef pg_get_viewdef pg_get_functiondef pg_get_function_arguments"
    " pg_get_function_result pg_get_function_sqlbody pg_get_triggerdef".split()
)
"""Functions that print a whole definition, which is not compared if the role may not call them."""
_FUNCTIONS = f"(pg_get_expr|pg_get_indexdef|{'|'.join(sorted(_WHOLE))})"
_CALL = lazy_regex(rf"pg_catalog\.{_FUNCTIONS}\(([^()]*)\)")
_DENIED = lazy_regex(rf"permission denied for function {_FUNCTIONS}\b")
_TOO_DEEP = "54001"
_IS_DEEP = (
    "(pg_catalog.length({0}) - pg_catalog.length(pg_catalog.replace({0}, ':args (', ''))) > 280"
)
"""Counts the letters of `:args (`, which a parsed expression has once per call and operator. Any
stack suffices for 40 of them: 100 kB is the least that a server allows."""
_TABLE, _DOMAIN = "r.schema || '.' || r.name", "d.schema || '.' || d.name"


class Unprinted(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the catalog that are not printed.

    `functions` are those that the role may not call, `subjects` the tables and domains that keep
    changing. With `short`, only short expressions are printed.
    """

    functions: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    short: bool = False

    def after(self, problem: Exception) -> Unprinted | None:
        """Return the parts to skip after the statement failed; None if that would not help."""
        denied = _DENIED.search(str(problem))
        if denied and denied[1] not in self.functions:
            return replace(self, functions=self.functions | {denied[1]})
        if getattr(problem, "sqlstate", None) == _TOO_DEEP and not self.short:
            return replace(self, short=True)
        return None

    def without_calls(self, sql: str) -> str:
        """Return the query of a kind without the calls that print the skipped parts."""
        if self == Unprinted():
            return sql
        of_tables = "wanted r" in sql or "relations r" in sql
        subject = _TABLE if of_tables else _DOMAIN
        return _CALL.sub(lambda call: self._call(call[1], call[2], call[0], subject), sql)

    def _call(self, function: str, arguments: str, call: str, subject: str) -> str:
        """Return SQL that calls a printing function only for printable expressions."""
        denied = function in self.functions
        if function in _WHOLE:
            return "NULL" if denied else call
        tree = "i.indexprs" if function == "pg_get_indexdef" else arguments.partition(",")[0]
        left_out = []
        if self.subjects:
            listed = ", ".join(map(literal, sorted(self.subjects)))
            left_out.append(f"{subject} = ANY (ARRAY[{listed}]::text[])")
        if self.short:
            text = f"pg_catalog.textin(pg_catalog.pg_node_tree_out({tree}))"
            left_out.append(_IS_DEEP.format(text))
        if denied:
            left_out, call = ["true"], "NULL"
        if not left_out:
            return call
        condition = f"{tree} IS NOT NULL AND ({' OR '.join(left_out)})"
        return f"CASE WHEN {condition} THEN {literal(UNPRINTED)} ELSE {call} END"
