"""The base of every kind of database object: the hooks that generic code calls.

A kind's file holds its struct, the catalog SQL that fills the struct from a live database, the
reading of SQLAlchemy metadata that fills it from models, its public facts, and its rules.

A new kind must give `name`, `struct`, `facts`, `sql`, `rules` and `declare`. All else has a default
that suits an object which is known by its name; the examples below are of kinds that need another
one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeAlias, TypeVar

import msgspec

from drift.kinds.facts import Facts
from drift.kinds.metadata.declaration import Declaration
from drift.model import DatabaseObject, Expression, ObjectRef, Rule, Severity

T = TypeVar("T", bound=DatabaseObject)
Advice: TypeAlias = tuple[str, str]
"""The impact of a rule's differences, and their remedy."""

Ask: TypeAlias = Callable[[Expression], str]
"""Returns an expression in PostgreSQL's own spelling, as far as the server was asked."""


class Effect(NamedTuple):
    """The severity and impact of one case of a rule; None and "" stand for the rule's own."""

    severity: Severity | None = None
    impact: str = ""


class LiveProblem(NamedTuple):
    """A live object whose `attribute` should be true and is not; `text` follows its name.

    `LiveProblem("invalid-index", "valid", "is INVALID: its build did not finish")`
    """

    rule: str
    attribute: str
    text: str
    impact: str = ""


class Kind(Generic[T]):
    """One kind of database object; the defaults suit an object that is known by its name."""

    name: ClassVar[str]
    """The kind in findings, ignore entries and rule ids, such as `foreign-key`."""
    struct: ClassVar[type[DatabaseObject]]
    """The objects of both sides are this struct."""
    sql: ClassVar[str]
    """A SELECT whose columns are the struct's fields, over `wanted r` or `namespaces n`.

    `wanted` are the relations of the check (`oid`, `schema`, `name`, `relkind`, `locked`…),
    `constraints` and `indexes` their parts, `namespaces` the rows of pg_namespace. Every function
    and operator is qualified. Join with commas: for a JOIN, the planner copies the names of all
    columns of both sides at every level.
    """
    rules: ClassVar[tuple[Rule, ...]]
    """The rules of `presence_rules`, and the kind's own."""
    facts: ClassVar[type[Facts]]
    """The public facts: `expected`, `actual` and the keys of `changes` in reports."""
    other_changes: ClassVar[frozenset[str]] = frozenset()
    """Keys of `changes` that are not facts, in addition to `name`."""
    lives_in: ClassVar[Literal["table", "schema", "database"]] = "table"
    """Its owner; an object is only compared if both sides have its owner."""
    is_optional: ClassVar[bool] = False
    """Whether it is read only if the expected side has such objects, or `strict` names the kind."""
    extra_if_managed: ClassVar[bool] = False
    """Whether an extra one is a difference only in a schema that the models manage as a whole."""
    paired_by_content: ClassVar[bool] = False
    """Whether two with the same content are a pair even with other names, as constraints are."""
    hidden_by_locks: ClassVar[bool] = False
    """Whether another session's lock on the table hides an expression that is compared."""
    left_open: ClassVar[tuple[str, ...]] = ()
    """Attributes of which models declare a part, and that a server's object has completely."""
    in_views: ClassVar[bool] = False
    """Whether views and foreign tables have it as well as tables do, such as columns."""
    refers_to_table: ClassVar[bool] = False
    """Whether it refers to another table (`target_schema`, …), and is drawn as a line."""
    cell_of: ClassVar[Mapping[str, str]] = {}
    """The cell that shows an attribute, if that is not the definition."""
    rule_of: ClassVar[Mapping[str, str]] = {}
    """The rule of an attribute that differs, if that is not `<name>-mismatch`."""

    @property
    def has_problems(self) -> bool:
        """Whether a live object of the kind can have problems, which `live_problems` yields."""
        return type(self).live_problems is not Kind.live_problems

    def declare(self, declaration: Declaration) -> Iterable[T]:
        """Yield the objects that the models declare.

        An enum: `Enum(schema=schema, name=name, labels=…)` per item of `declaration.named_types`.
        Read anything that SQLAlchemy may refuse to write within `declaration.each`.
        """
        raise NotImplementedError

    def comparable(self, item: T, ask: Ask) -> dict[str, Any]:
        """Return the values that are compared, by the names of facts: all facts as they are.

        `ask` gives an expression in PostgreSQL's own spelling. A check:
        `{"expression": ask(Expression(item.schema, item.table, item.expression)), …}`.
        """
        return {name: getattr(item, name) for name in self.facts.__struct_fields__}

    def with_server_defaults(self, declared: T, live: T) -> T:
        """Return `declared` with everything that the model leaves open taken from `live`.

        An index: the storage parameters that only the database sets.
        """
        return declared

    def equality_key(self, item: T) -> T:
        """Return the object without its name and without anything that never makes a difference.

        Two objects with equal keys are the same, and are compared no further: a domain's checks
        that are NOT VALID are left out of its key, because `live_problems` reports them.
        """
        return msgspec.structs.replace(item, name=None, called=None)

    def rename_key(self, item: T) -> Hashable | None:
        """Return the key that still recognises an object if its name and more changed.

        A unique constraint: `frozenset(item.columns)`; a table has one primary key: a constant.
        """
        return None

    def label(self, item: T) -> str:
        """Return the name that reports use; for an unnamed constraint, the one PostgreSQL gives."""
        return item.name or item.called or ""

    def reported_extra(self, item: T) -> bool:
        """Return whether an object that no model declares is a difference at all.

        An enum: not if an extension made it.
        """
        return True

    def effect_of_missing(self, item: T) -> Effect:
        """Return the effect if the models have `item` and the database does not."""
        return Effect()

    def effect_of_extra(self, item: T) -> Effect:
        """Return the effect if the database has `item` and the models do not."""
        return Effect()

    def effect_of_change(self, change: str, declared: T, live: T) -> Effect:
        """Return the effect of one changed fact; another name is never worse than `info`.

        A nullable column that the models declare NOT NULL: `Effect(Severity.WARNING, "NULLs can get
        in, and reach code that does not expect them.")`
        """
        return Effect()

    def live_problems(self, declared: T, live: T) -> Iterable[LiveProblem]:
        """Yield the problems of a live object that no model declares.

        A constraint that is NOT VALID, an index whose build failed.
        """
        return ()

    def facts_of(self, item: T) -> dict[str, Any]:
        """Return the public facts of `item`, as it is declared or stored: the fields of `facts`.

        A unique constraint: `{"columns": ("email",), "nulls_not_distinct": False, …}`.
        """
        derived = self.derived_facts(item)
        facts: dict[str, Any] = msgspec.to_builtins(
            {
                name: derived[name] if name in derived else getattr(item, name)
                for name in self.facts.__struct_fields__
            }
        )
        return facts

    def derived_facts(self, item: T) -> dict[str, Any]:
        """Return the facts that are not attributes of `item`, or that look different in reports.

        A domain: `{"validated": not item.unvalidated}`.
        """
        return {}

    def shown_change(self, item: T, attribute: str) -> Any:
        """Return the value of one side in `changes`: its fact, if nothing else is clearer.

        A column without an identity: the default of its SERIAL, next to the other side's identity.
        """
        return self.facts_of(item).get(attribute)

    def describe(self, item: T) -> str:
        """Return a short text of the object, for messages: `UNIQUE (email)`."""
        return " ".join(self.cells(item).values())

    def cells(self, item: T) -> dict[str, str]:
        """Return the texts that reports show next to the other side's, as SQL.

        A foreign key: `{"definition": "FOREIGN KEY (a) REFERENCES …", "delete": "ON DELETE …"}`.
        """
        return {"definition": self.label(item)}

    def rule(self, change: str) -> str:
        """Return the rule of a changed fact."""
        return self.rule_of.get(change.partition(".")[0], f"{self.name}-mismatch")

    def cell(self, change: str) -> str:
        """Return the name of the cell that shows a changed fact."""
        attribute = change.partition(".")[0]
        return "name" if attribute == "name" else self.cell_of.get(attribute, "definition")

    def ref(self, item: T) -> ObjectRef:
        """Return the name by which findings call the object."""
        return ObjectRef(self.name, item.schema, item.table, self.label(item))


_SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.ERROR)


def noun_of(kind: str) -> str:
    """Return the noun for an object of a kind in sentences.

    >>> noun_of("foreign-key"), noun_of("unique")
    ('foreign key', 'unique constraint')
    """
    constraint = " constraint" if kind in {"check", "exclusion", "unique"} else ""
    return kind.replace("-", " ") + constraint


def presence_rules(
    kind: str,
    *,
    missing: Advice,
    extra: Advice,
    mismatch: Advice | None = None,
    severities: tuple[Severity, Severity, Severity] = _SEVERITIES,
) -> tuple[Rule, ...]:
    """Return the rules that every kind has; without `mismatch`, its own rules are about changes.

    `severities` are those of missing, extra and mismatch, if a case has none of its own.
    """
    noun = noun_of(kind)
    a = "an" if noun[0] in "aei" else "a"
    on_both = f"{a.capitalize()} {noun} differs between the models and the database."
    only_declared = f"The models declare {a} {noun} that the database does not have."
    only_live = f"The database has {a} {noun} that no model declares."
    rules = (
        (f"missing-{kind}", severities[0], only_declared, missing),
        (f"extra-{kind}", severities[1], only_live, extra),
        (f"{kind}-mismatch", severities[2], on_both, mismatch),
    )
    return tuple(
        Rule(id=id_, severity=severity, summary=summary, impact=advice[0], remedy=advice[1])
        for id_, severity, summary, advice in rules
        if advice
    )
