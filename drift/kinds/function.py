"""Functions and procedures that the project declares as SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from msgspec.structs import replace

from drift.kinds.base import Ask, Effect, presence_rules
from drift.kinds.facts import Facts, Strings, means
from drift.kinds.sql_object import SqlObject, SqlObjectKind
from drift.model import DatabaseObject, Expression, Severity


class Function(DatabaseObject, frozen=True, kw_only=True):
    """A function or a procedure; its name has the types of its arguments, as in `slug(text)`.

    `statement` creates it. `arguments` has names, modes and defaults, too.
    """

    called_as: str = ""
    statement: str | None = ""
    routine: str = "function"
    arguments: str | None = ""
    result: str | None = None
    language: str = ""
    body: str | None = None
    volatility: str = "VOLATILE"
    parallel: str = "UNSAFE"
    strict: bool = False
    security_definer: bool = False
    leakproof: bool = False
    cost: float = 0
    rows: float = 0
    settings: tuple[str, ...] = ()


class FunctionFacts(Facts, frozen=True, kw_only=True):
    """A function or a procedure."""

    routine: Annotated[str, means("`function`, `procedure` or `window function`.")]
    arguments: Annotated[str | None, means("The arguments with names, modes and defaults, as SQL.")]
    result: Annotated[str | None, means("The type that is returned; null for a procedure.")]
    language: str
    body: Annotated[str | None, means("The body, without space around it.")]
    volatility: Annotated[str, means("`IMMUTABLE`, `STABLE` or `VOLATILE`.")]
    parallel: Annotated[str, means("`SAFE`, `RESTRICTED` or `UNSAFE`.")]
    strict: Annotated[bool, means("Whether an argument that is NULL makes the result NULL.")]
    security_definer: Annotated[bool, means("Whether it runs with the privileges of its owner.")]
    leakproof: bool
    cost: float
    rows: float
    settings: Annotated[Strings, means("Settings for the time of a call, as `name=value`.")]


RULES = presence_rules(
    "function",
    missing=(
        "Every call of the function fails: function does not exist.",
        "Run the migration that creates the function, or write it.",
    ),
    extra=(
        "No effect today; nothing that the project declares uses it.",
        "Declare the function, drop it, or add an ignore entry that says whose it is.",
    ),
    mismatch=(
        "Calls of the function do something else than declared.",
        "CREATE OR REPLACE FUNCTION as declared, or change the declaration.",
    ),
    severities=(Severity.ERROR, Severity.WARNING, Severity.WARNING),
)

SQL = """
SELECT n.nspname AS schema, p.proname || '(' || coalesce((
         SELECT pg_catalog.string_agg(pg_catalog.format_type(u.type, NULL), ', ' ORDER BY u.ordinal)
         FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY u(type, ordinal)), '') || ')'
         AS name,
       p.proname AS called_as, pg_catalog.pg_get_functiondef(p.oid) AS statement,
       CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'w' THEN 'window function' ELSE 'function'
       END AS routine,
       pg_catalog.pg_get_function_arguments(p.oid) AS arguments,
       pg_catalog.pg_get_function_result(p.oid) AS result, l.lanname AS language,
       coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) AS body,
       CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE'
       END AS volatility,
       CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE'
       END AS parallel,
       p.proisstrict AS strict, p.prosecdef AS security_definer, p.proleakproof AS leakproof,
       p.procost AS cost, p.prorows AS rows,
       coalesce(pg_catalog.to_json(p.proconfig), '[]') AS settings
FROM pg_catalog.pg_proc p JOIN namespaces n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.oid >= 16384 AND p.prokind <> 'a'
  -- neither those of extensions, nor those that come with a type, such as a range's constructors
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
                  AND d.deptype IN ('e', 'i'))
"""

_NATIVE = frozenset({"c", "internal"})
"""Languages in which creating a function loads a library of the server's machine."""


class FunctionKind(SqlObjectKind[Function]):
    """Functions are paired by their names and the types of their arguments."""

    name = "function"
    struct = Function
    sql = SQL
    rules = RULES
    facts = FunctionFacts
    definitions = ("arguments", "result", "body")

    def comparable(self, item: Function, ask: Ask) -> dict[str, Any]:
        return super().comparable(_tidy(item), ask)

    def expressions(self, item: Function) -> Iterator[Expression]:
        return super().expressions(_tidy(item))

    def equality_key(self, item: Function) -> Function:
        return replace(_tidy(super().equality_key(item)), statement="")

    def effect_of_change(self, change: str, declared: Function, live: Function) -> Effect:
        if change == "security_definer":
            word = "the owner" if live.security_definer else "its caller"
            return Effect(Severity.ERROR, f"The function runs with the privileges of {word}.")
        return _EFFECTS.get(change, Effect())

    def create(self, item: Function) -> str:
        return (item.statement or "").rstrip()

    def can_be_copied(self, item: Function) -> bool:
        is_creation = (item.statement or "").startswith("CREATE OR REPLACE ")
        return is_creation and item.language not in _NATIVE

    def named(self, declared: SqlObject, default_schema: str) -> Function:
        name = declared.name
        return Function(schema=declared.schema or default_schema, name=name, called_as=name)

    def bare_name(self, item: Function) -> str:
        return item.called_as

    def describe(self, item: Function) -> str:
        return ""

    def cells(self, item: Function) -> dict[str, str]:
        returns = f" RETURNS {item.result}" if item.result else ""
        words = [f"({item.arguments or ''}){returns}", f"LANGUAGE {item.language}", item.volatility]
        words += ["STRICT"] if item.strict else []
        words += ["SECURITY DEFINER"] if item.security_definer else []
        return {"definition": " ".join(words), "body": " ".join((item.body or "").split())}

    cell_of: ClassVar = {"body": "body"}


def _tidy(item: Function) -> Function:
    """Return a function without space around its body, and with one kind of line break."""
    if item.body is None:
        return item
    return replace(item, body=item.body.replace("\r\n", "\n").strip())


_EFFECTS: Mapping[str, Effect] = {
    "result": Effect(Severity.ERROR, "Callers get a value of another type."),
    "routine": Effect(Severity.ERROR, "Calls fail: CALL and SELECT need different routines."),
    "arguments": Effect(Severity.WARNING, "Calls by the names of arguments can fail."),
    "volatility": Effect(Severity.WARNING, "PostgreSQL calls the function at other times."),
    "parallel": Effect(Severity.WARNING, "Queries can get other plans."),
    "leakproof": Effect(Severity.WARNING, "Queries of protected rows can get other plans."),
    "strict": Effect(Severity.WARNING, "Calls with NULL return something else."),
    "settings": Effect(Severity.WARNING, "Names in the body can mean other objects."),
    "cost": Effect(Severity.INFO, "Queries can get other plans."),
    "rows": Effect(Severity.INFO, "Queries can get other plans."),
}
