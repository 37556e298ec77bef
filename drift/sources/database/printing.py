"""Leaves expressions of the catalog unprinted where printing them ends the whole statement.

The server's functions that print an expression fail for one that is too deep for the session's
stack, for one whose function or type was dropped a moment ago, and for a role that may not call
them. The statement is sent again then, with a mark in place of those expressions.
"""

from __future__ import annotations

import re

import msgspec

from drift.kinds.sql.text import UNPRINTED
from drift.sources.database.literals import literal

_CALL = re.compile(r"pg_catalog\.(pg_get_expr|pg_get_indexdef|pg_get_partkeydef)\(([^()]*)\)")
_DENIED = re.compile(
    r"permission denied for function (pg_get_expr|pg_get_indexdef|pg_get_partkeydef)\b"
)
_TOO_DEEP = "54001"
_DEEP = "(pg_catalog.length({0}) - pg_catalog.length(pg_catalog.replace({0}, ':args (', ''))) > 280"
"""Calls and operators of a parsed expression, 40 of which any stack suffices for: 100 kB is the
least that a server allows."""


class Unprinted(msgspec.Struct, frozen=True, kw_only=True):
    """What is not printed.

    `functions` are those that the role may not call, `subjects` the tables and domains that keep
    changing; `short`: only expressions that are short are printed.
    """

    functions: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    short: bool = False

    def after(self, problem: Exception) -> Unprinted | None:
        """Return what to leave out after the statement failed; None if that would not help."""
        denied = _DENIED.search(str(problem))
        if denied and denied[1] not in self.functions:
            return msgspec.structs.replace(self, functions=self.functions | {denied[1]})
        if getattr(problem, "sqlstate", None) == _TOO_DEEP and not self.short:
            return msgspec.structs.replace(self, short=True)
        return None

    def applied(self, sql: str) -> str:
        """Return the query of a kind without what is not printed."""
        if self == Unprinted():
            return sql
        subject = "r.schema || '.' || r.name" if "wanted r" in sql else _DOMAIN
        return _CALL.sub(lambda call: self._call(call[1], call[2], call[0], subject), sql)

    def _call(self, function: str, arguments: str, call: str, subject: str) -> str:
        """Return a call of a function that prints, or what stands for what it returns."""
        if function == "pg_get_partkeydef":  # a key that is not there is not compared
            return "NULL" if function in self.functions else call
        tree = "i.indexprs" if function == "pg_get_indexdef" else arguments.partition(",")[0]
        listed = ", ".join(map(literal, sorted(self.subjects)))
        left_out = [f"{subject} = ANY (ARRAY[{listed}]::text[])"] if self.subjects else []
        if self.short:
            left_out.append(_DEEP.format(f"pg_catalog.textin(pg_catalog.pg_node_tree_out({tree}))"))
        if function in self.functions:
            left_out, call = ["true"], "NULL"
        if not left_out:
            return call
        condition = f"{tree} IS NOT NULL AND ({' OR '.join(left_out)})"
        return f"CASE WHEN {condition} THEN {literal(UNPRINTED)} ELSE {call} END"


_DOMAIN = "n.nspname || '.' || t.typname"
