"""Every kind of database object that is compared, in the order in which it is compared.

A new kind is one file here and one line in `KINDS`.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from drift.kinds.check import CheckKind
from drift.kinds.column import ColumnKind
from drift.kinds.declared_twice import demote_repeats, demote_twins
from drift.kinds.domain import DomainKind
from drift.kinds.enum import EnumKind
from drift.kinds.exclusion import ExclusionKind
from drift.kinds.folded import forget_folded
from drift.kinds.foreign_key import ForeignKeyKind
from drift.kinds.foreign_key_types import report_type_traps
from drift.kinds.impossible import RULES as IMPOSSIBLE_RULES
from drift.kinds.impossible import report_impossible
from drift.kinds.index import IndexKind
from drift.kinds.kind import Kind
from drift.kinds.not_null import report_unvalidated
from drift.kinds.primary_key import PrimaryKeyKind
from drift.kinds.schema import SchemaKind
from drift.kinds.sequence import SequenceKind, forget_used
from drift.kinds.serial import report_serials
from drift.kinds.system import forget_system
from drift.kinds.table import TableKind
from drift.kinds.unique import UniqueKind
from drift.kinds.uniqueness import merge_unique_and_index
from drift.model import Finding, Rule, Schema

KINDS: tuple[Kind[Any], ...] = (
    SchemaKind(),
    TableKind(),
    EnumKind(),
    DomainKind(),
    SequenceKind(),
    ColumnKind(),
    PrimaryKeyKind(),
    UniqueKind(),
    CheckKind(),
    ExclusionKind(),
    ForeignKeyKind(),
    IndexKind(),
)

Crossing: TypeAlias = Callable[[list[Finding], Schema, Schema], list[Finding]]
CROSSINGS: tuple[Crossing, ...] = (
    report_type_traps,
    forget_folded,
    merge_unique_and_index,
    report_impossible,
    demote_twins,
    demote_repeats,
    forget_used,
    report_serials,
    report_unvalidated,
    forget_system,
)
"""What only two kinds together can tell; each takes all findings and returns them, amended."""

RULES: dict[str, Rule] = {
    rule.id: rule for rules in (*(kind.rules for kind in KINDS), IMPOSSIBLE_RULES) for rule in rules
}
