"""The statement that inserts synthetic rows into one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from drift.kinds.column.column import Column
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.sql import types
from drift.kinds.sql.text import with_value
from drift.plan import ddl
from drift.plan.operation import TableName
from drift.proof.candidates import Candidates, Check, Group, grouped
from drift.proof.values import N, Values

ROWS = 100
"""Rows of a table."""
_NULL_EVERY = 7
"""One row of so many has NULL in a column that may be NULL."""


class Plot(NamedTuple):
    """A table to fill: its columns, checks and foreign keys, and the columns that must differ.

    `overrides` are expressions that replace the values of columns. `seeded` are the tables that
    have rows already.
    """

    table: TableName
    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    foreign_keys: tuple[ForeignKey, ...]
    key: frozenset[str]
    overrides: Mapping[str, str]
    seeded: frozenset[TableName]


class Insert:
    """Composes the statement. Parents give the values of foreign keys, candidates those of checks.

    Other values come from the number of the row.
    """

    def __init__(self, plot: Plot, values: Values, *, server_version: int) -> None:
        """Take the table and the values of types."""
        self._plot = plot
        self._values = values
        self._columns = {str(c.name): c for c in plot.columns if not c.generated}
        self._joins: list[str] = []
        self._ctes: list[str] = []
        self._expressions: dict[str, str] = {}
        self._required: set[str] = set()
        nullable = frozenset(n for n, c in self._columns.items() if self._may_be_null(c))
        self._candidates = Candidates(
            values, {n: c.type for n, c in self._columns.items()}, nullable,
            server_version=server_version,
        )  # fmt: skip

    def statement(self) -> str:
        """Return INSERT … SELECT; rows that an index refuses are skipped."""
        query = self.query()
        return f"INSERT INTO {self.target} {query} ON CONFLICT DO NOTHING"

    @property
    def width(self) -> int:
        """The number of columns that get a value."""
        return len(self._columns)

    @property
    def target(self) -> str:
        """The table with its columns, and the clause that lets identities take values."""
        names = ", ".join(map(types.quote, self._columns))
        return f"{ddl.path(*self._plot.table)} ({names}) OVERRIDING SYSTEM VALUE"

    def query(self) -> str:
        """Return the SELECT for the rows."""
        for name, expression in self._plot.overrides.items():
            if name in self._columns:
                self._expressions[name] = self._cast(name, expression)
        for key in sorted(self._plot.foreign_keys, key=lambda key: -len(key.columns)):
            self._refer(key)
        for number, group in enumerate(grouped(self._conditions())):
            self._choose(number, group)
        selected = ", ".join(self._value(name) for name in self._columns)
        ctes = f"WITH {', '.join(self._ctes)} " if self._ctes else ""
        series = f"generate_series(0, {ROWS - 1}) {N}"
        return f"{ctes}SELECT {selected} FROM {series}{''.join(self._joins)}"

    def _may_be_null(self, column: Column) -> bool:
        refused = str(column.name) in self._plot.key or self._values.refuses_null(column.type)
        return column.nullable and not refused

    def _cast(self, name: str, expression: str) -> str:
        return f"({expression})::{ddl.column_type(self._columns[name]).partition(' COLLATE ')[0]}"

    def _conditions(self) -> list[Check]:
        """Return the checks of the table, and those of the domains of its columns."""
        conditions = [c for c in self._plot.checks if not c.columns & self._expressions.keys()]
        for name, column in self._columns.items():
            if name not in self._expressions:
                for check in self._values.checks(column.type):
                    quoted = types.quote(name)
                    expression = with_value(check, quoted)
                    conditions.append(Check(expression, frozenset({name})))
        return conditions

    def _refer(self, key: ForeignKey) -> None:
        """Take the values of a foreign key from rows of the parent, or from the row itself."""
        parent = (key.target_schema, key.target_table)
        pairs = dict(zip(key.columns, key.target_columns, strict=False))
        open_ = [c for c in key.columns if c in self._columns and c not in self._expressions]
        if not open_:
            return
        if parent == self._plot.table:
            for name in open_:
                self._refer_to_itself(name, pairs[name])
        elif parent in self._plot.seeded:
            self._refer_to_parent(parent, pairs, open_)

    def _refer_to_itself(self, name: str, target: str) -> None:
        column = self._columns.get(target)
        if column is None or name == target:
            return
        own = self._expressions.get(target) or self._values.expression(column.type)
        nullable = self._may_be_null(self._columns[name])
        value = f"CASE WHEN {N} % 2 = 0 THEN {own} END" if nullable else own
        self._expressions[name] = self._cast(name, value)

    def _refer_to_parent(
        self, parent: TableName, pairs: Mapping[str, str], open_: Iterable[str]
    ) -> None:
        alias = f"f{len(self._joins)}"
        targets = ", ".join(types.quote(target) for target in dict.fromkeys(pairs.values()))
        given = " AND ".join(f"{types.quote(t)} IS NOT NULL" for t in pairs.values())
        shared = "".join(
            f" AND {types.quote(target)}::text = ({self._expressions[name]})::text"
            for name, target in pairs.items()
            if name in self._expressions
        )
        rows = (
            f"SELECT {targets}, row_number() OVER (ORDER BY {targets}) - 1 AS drift_i,"
            f" count(*) OVER () AS drift_total FROM {ddl.path(*parent)} WHERE {given}{shared}"
        )
        if shared:  # another foreign key gave some of the columns already
            rows = f"LATERAL ({rows}) {alias}"
        else:
            self._ctes.append(f"{alias} AS MATERIALIZED ({rows})")
            rows = alias
        self._joins.append(f" LEFT JOIN {rows} ON {alias}.drift_i = {N} % {alias}.drift_total")
        for name in open_:
            self._expressions[name] = self._cast(name, f"{alias}.{types.quote(pairs[name])}")

    def _choose(self, number: int, group: Group) -> None:
        """Choose values that satisfy the checks from the combinations of candidates."""
        columns = [name for name in group.columns if name in self._columns]
        if len(columns) < len(group.columns):  # a check of a generated column
            return
        alias = f"c{number}"
        sources = ", ".join(
            f"({self._candidates.source(name, group)}) s{index}"
            for index, name in enumerate(columns)
        )
        names = ", ".join(map(types.quote, columns))
        conditions = " AND ".join(f"({check.expression}) IS NOT FALSE" for check in group.checks)
        self._ctes.append(
            f"{alias} AS MATERIALIZED (SELECT {names},"
            " row_number() OVER (ORDER BY drift_order) - 1 AS drift_i,"
            " count(*) OVER () AS drift_total FROM (SELECT *, md5(q::text) AS drift_order"
            f" FROM (SELECT DISTINCT ON (drift_key) {names} FROM"
            f" (SELECT {names}, ROW({names})::text AS drift_key FROM {sources}) q"
            f" WHERE {conditions}) q) q)"
        )
        self._joins.append(f" JOIN {alias} ON {alias}.drift_i = {N} % {alias}.drift_total")
        for name in columns:
            self._expressions[name] = self._cast(name, f"{alias}.{types.quote(name)}")
            self._required.add(name)

    def _value(self, name: str) -> str:
        """Return the expression of a column, with some NULLs where they are allowed."""
        column = self._columns[name]
        chosen = self._expressions.get(name)
        if not (chosen or self._values.knows(column.type)) and self._may_be_null(column):
            return "NULL"
        expression = chosen or self._values.expression(column.type)
        if name in self._required or not self._may_be_null(column):
            return expression
        return f"CASE WHEN {N} % {_NULL_EVERY} <> {_NULL_EVERY // 2} THEN {expression} END"
