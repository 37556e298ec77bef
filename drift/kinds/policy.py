"""Policies of row-level security that the project declares as SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar

from msgspec.structs import replace

from drift.kinds.base import Effect, LiveProblem, presence_rules
from drift.kinds.facts import Facts, Strings, means
from drift.kinds.sql import types
from drift.kinds.sql.text import UNPRINTED, plain
from drift.kinds.sql_object import SqlObject, SqlObjectKind
from drift.model import DatabaseObject, Expression, Rule, Severity


class Policy(DatabaseObject, frozen=True, kw_only=True):
    """A policy; `using` and `with_check` are "" if it has none.

    `row_security` is a state of its table; the empty state is that of a declaration without one.
    """

    command: str = "ALL"
    permissive: bool = True
    roles: tuple[str, ...] | None = None
    using: str | None = ""
    with_check: str | None = ""
    row_security: str | None = None


class PolicyFacts(Facts, frozen=True, kw_only=True):
    """A policy of row-level security."""

    command: Annotated[str, means("`ALL`, `SELECT`, `INSERT`, `UPDATE` or `DELETE`.")]
    permissive: Annotated[bool, means("False: AS RESTRICTIVE.")]
    roles: Annotated[
        Strings | None, means("The roles that it is for, `public` for all; null if not known.")
    ]
    using: Annotated[str | None, means("The condition for rows that exist; empty if none.")]
    with_check: Annotated[str | None, means("The condition for new rows; empty if none.")]
    row_security: Annotated[
        str | None,
        means("Of the table: `enabled`, `forced` or `disabled`; null if not declared."),
    ]


INEFFECTIVE = Rule(
    id="ineffective-policy",
    severity=Severity.ERROR,
    summary="A policy is declared, and its table does not have row-level security enabled.",
    impact="The policy has no effect: every row is visible, and every write is accepted.",
    remedy="ALTER TABLE … ENABLE ROW LEVEL SECURITY.",
)

RULES = (
    *presence_rules(
        "policy",
        missing=(
            "Rows that the policy allows become invisible, and writes of them fail; without "
            "row-level security, every row is visible.",
            "CREATE POLICY, in a migration.",
        ),
        extra=(
            "Fewer rows are visible than declared.",
            "Declare the policy, drop it, or add an ignore entry that says whose it is.",
        ),
        mismatch=(
            "Other rows are visible than declared.",
            "Drop the policy and create it as declared, or change the declaration.",
        ),
        severities=(Severity.ERROR, Severity.WARNING, Severity.ERROR),
    ),
    INEFFECTIVE,
)

SQL = """
SELECT r.schema, r.name AS "table", p.polname AS name,
       CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
            WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
       p.polpermissive AS permissive,
       (SELECT pg_catalog.json_agg(o.name ORDER BY o.name) FROM (
          SELECT CASE u.oid WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(u.oid) END AS name
          FROM pg_catalog.unnest(p.polroles) u(oid)) o) AS roles,
       -- the function locks the table: it would wait for another session's lock
       CASE WHEN NOT r.locked
            THEN coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '') END AS "using",
       CASE WHEN NOT r.locked
            THEN coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '') END AS with_check,
       CASE WHEN NOT c.relrowsecurity THEN 'disabled' WHEN c.relforcerowsecurity THEN 'forced'
            ELSE 'enabled' END AS row_security
FROM relations r JOIN pg_catalog.pg_class c ON c.oid = r.oid
JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
WHERE r.managed IS NULL OR r.managed = 'partition'
"""


class PolicyKind(SqlObjectKind[Policy]):
    """Policies are paired by their names.

    The roles are taken from the declaration: the scratch server creates the policy without them.
    """

    name = "policy"
    struct = Policy
    sql = SQL
    rules = RULES
    facts = PolicyFacts
    lives_in = "table"
    definitions = ("using", "with_check")
    other_changes = frozenset({"effective"})

    def expressions(self, item: Policy) -> Iterator[Expression]:
        return (each for each in super().expressions(item) if each.text)

    def can_be_copied(self, item: Policy) -> bool:
        return super().can_be_copied(item) and UNPRINTED not in {item.using, item.with_check}

    def with_server_defaults(self, declared: Policy, live: Policy) -> Policy:
        filled = super().with_server_defaults(declared, live)
        if filled.roles is None:
            filled = replace(filled, roles=live.roles)
        if filled.row_security in {None, "disabled"} or live.row_security == "disabled":
            filled = replace(filled, row_security=live.row_security)
        return filled

    def completed(self, item: Policy, declared: SqlObject) -> Policy:
        """Return the policy with its roles, and no state of the table if none is declared."""
        state = None if item.row_security == "disabled" else item.row_security
        return replace(item, roles=declared.roles, row_security=state)

    def effect_of_extra(self, item: Policy) -> Effect:
        if item.permissive:
            return Effect(Severity.ERROR, "More rows are visible than declared.")
        return Effect()

    def effect_of_missing(self, item: Policy) -> Effect:
        if item.permissive:
            return Effect()
        return Effect(Severity.ERROR, "Rows are visible that the policy should hide.")

    def effect_of_change(self, change: str, declared: Policy, live: Policy) -> Effect:
        if change == "row_security" and live.row_security == "forced":
            impact = "The table's owner sees only the rows that policies allow."
            return Effect(Severity.WARNING, impact)
        return Effect(None, _IMPACTS.get(change, ""))

    def live_problems(self, declared: Policy, live: Policy) -> Iterable[LiveProblem]:
        del declared
        if live.row_security == "disabled":
            text = "has no effect: its table does not have row-level security enabled"
            yield LiveProblem(INEFFECTIVE.id, "effective", text)

    def create(self, item: Policy) -> str:
        """Return the statement without roles, which our own servers do not have."""
        return _statement(item, "")

    def repair(self, declared: Policy, live: Policy | None) -> str:
        if not self.can_be_copied(declared) or declared.roles is None:
            return ""
        roles = "".join(f", {each}" for each in map(_role, declared.roles))[2:]
        created = _statement(declared, f" TO {roles}")
        if live is None:
            return created
        filled = self.with_server_defaults(declared, live)
        same = replace(filled, row_security=live.row_security) == live
        state = _state_statement(declared, live)
        return "; ".join([*([] if same else [self.removal(declared), created]), *state])

    def removal(self, item: Policy) -> str:
        return f"DROP POLICY {types.quote(str(item.name))} ON {_table(item)}"

    def named(self, declared: SqlObject, default_schema: str) -> Policy:
        schema = declared.schema or default_schema
        return Policy(schema=schema, table=declared.table, name=declared.name, roles=declared.roles)

    def describe(self, item: Policy) -> str:
        return ""

    def shown_change(self, item: Policy, attribute: str) -> Any:
        value = super().shown_change(item, attribute)
        return " ".join(value.split()) if isinstance(value, str) else value

    def cells(self, item: Policy) -> dict[str, str]:
        roles = "" if item.roles is None else f" TO {', '.join(item.roles)}"
        state = f"row-level security {item.row_security}" if item.row_security else ""
        return {"definition": " ".join(_clauses(item, roles).split()), "state": state}

    cell_of: ClassVar = {"row_security": "state"}


_IMPACTS = {
    "with_check": "Writes are accepted, and refused, otherwise than declared.",
    "roles": "The policy applies to other roles than declared.",
    "command": "The policy applies to other statements than declared.",
    "row_security": "The table's owner sees every row.",
}


def _statement(item: Policy, roles: str) -> str:
    name = types.quote(str(item.name))
    return f"CREATE POLICY {name} ON {_table(item)}{_clauses(item, roles)}"


def _clauses(item: Policy, roles: str) -> str:
    kind = "" if item.permissive else " AS RESTRICTIVE"
    using = f" USING ({plain(item.using)})" if item.using else ""
    check = f" WITH CHECK ({plain(item.with_check)})" if item.with_check else ""
    return f"{kind} FOR {item.command}{roles}{using}{check}"


def _state_statement(declared: Policy, live: Policy) -> Iterator[str]:
    """Yield the statements that change row-level security of the table, if it differs."""
    table, wanted = _table(declared), declared.row_security or "enabled"
    if live.row_security == "disabled":
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    if declared.row_security and wanted != live.row_security:
        words = {"forced": "FORCE", "enabled": "NO FORCE"}
        if wanted == "forced" or live.row_security == "forced":
            yield f"ALTER TABLE {table} {words[wanted]} ROW LEVEL SECURITY"


def _role(name: str) -> str:
    return "PUBLIC" if name == "public" else types.quote(name)


def _table(item: Policy) -> str:
    return f"{types.quote(item.schema)}.{types.quote(str(item.table))}"
