"""Which `Table(…)` call made a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from drift.sources.models.source_modules import SourceModule, SourceModules
from drift.sources.models.source_syntax import TableCall

if TYPE_CHECKING:
    from sqlalchemy import Table

_CALL = r"\bTable(\(|\s+as\b)"


class FoundCall(NamedTuple):
    """A call, and the module that makes it."""

    module: SourceModule
    source: TableCall


class TableCalls:
    """The table calls of the modules: by the global that holds the table, or by its name."""

    def __init__(self, modules: SourceModules) -> None:
        """Take the modules to search; nothing is read yet."""
        self._modules = modules

    def find(self, table: Table) -> FoundCall | None:
        """Return the best call: what a global holds, then below the root, then elsewhere."""
        held = self._held(table)
        direct = [call for call in held if call.source.is_table]
        return (
            _best(direct, table)
            or _best(self._inside.get(str(table.name), []), table)
            or _best(self._outside.get(str(table.name), []), table)
            # Last, a function of the user's that returned the table.
            or next((call for call in held if not call.source.is_table), None)
        )

    def _held(self, table: Table) -> list[FoundCall]:
        return [
            FoundCall(module, call)
            for module in self._holders.get(id(table), ())
            for call in module.file.index.tables
            if call.target and module.globals.get(call.target) is table
        ]

    @cached_property
    def _holders(self) -> dict[int, list[SourceModule]]:
        """The modules that have a table among their globals."""
        from sqlalchemy import Table

        holders: dict[int, list[SourceModule]] = defaultdict(list)
        for module in self._modules.all:
            # Not isinstance(), which asks the object: a proxy may raise outside of a request.
            values = {id(v): v for v in list(module.globals.values()) if issubclass(type(v), Table)}
            for key in values:
                holders[key].append(module)
        return holders

    @cached_property
    def _inside(self) -> dict[str, list[FoundCall]]:
        return _by_name(m for m in self._modules.all if self._modules.is_inside(m.file))

    @cached_property
    def _outside(self) -> dict[str, list[FoundCall]]:
        return _by_name(m for m in self._modules.all if not self._modules.is_inside(m.file))


def _by_name(modules: Iterable[SourceModule]) -> dict[str, list[FoundCall]]:
    found: dict[str, list[FoundCall]] = defaultdict(list)
    for module in modules:
        for call in module.file.index.tables if module.file.mentions(_CALL) else ():
            if call.is_table and call.name is not None:
                found[call.name].append(FoundCall(module, call))
    return found


def _best(calls: Iterable[FoundCall], table: Table) -> FoundCall | None:
    """Return the first of the most similar calls; none if nothing tells several apart."""
    names = {str(column.name) for column in table.columns}
    fitting = [call for call in calls if _fits(call.source, table, names)]
    places = {(call.module.file, call.source.line) for call in fitting}
    best = max(fitting, key=lambda call: _similarity(call.source), default=None)
    if best and len(places) > 1 and _similarity(best.source) == (False, 0):
        return None
    return best


def _fits(call: TableCall, table: Table, names: set[str]) -> bool:
    """Whether nothing that the call spells out speaks against the table."""
    return (
        call.name in (None, table.name)
        and call.schema in (None, table.schema)
        and names.issuperset(call.columns)
    )


def _similarity(call: TableCall) -> tuple[bool, int]:
    """Rank calls that fit: those that name the schema, then the most columns."""
    return call.schema is not None, len(call.columns)
