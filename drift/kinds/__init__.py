"""Every kind of database object that is compared, in the order in which it is compared.

A new kind is one file here and one line in `KINDS`.
"""

from typing import Any

from drift.kinds.advice import RULES as ADVICE_RULES
from drift.kinds.base import Kind
from drift.kinds.check import CheckKind
from drift.kinds.column.kind import ColumnKind
from drift.kinds.domain import DomainKind
from drift.kinds.enum import EnumKind
from drift.kinds.exclusion import ExclusionKind
from drift.kinds.extension import ExtensionKind
from drift.kinds.foreign_key.kind import ForeignKeyKind
from drift.kinds.function import FunctionKind
from drift.kinds.grant.kind import GrantKind
from drift.kinds.impossible import RULES as IMPOSSIBLE_RULES
from drift.kinds.index.kind import IndexKind
from drift.kinds.materialized_view import MaterializedViewKind
from drift.kinds.migration import RULES as MIGRATION_RULES
from drift.kinds.policy import PolicyKind
from drift.kinds.primary_key import PrimaryKeyKind
from drift.kinds.schema import SchemaKind
from drift.kinds.sequence.kind import SequenceKind
from drift.kinds.table.kind import TableKind
from drift.kinds.trigger import TriggerKind
from drift.kinds.unique import UniqueKind
from drift.kinds.view import ViewKind
from drift.model import Rule

KINDS: tuple[Kind[Any], ...] = (
    SchemaKind(),
    ExtensionKind(),
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
    ViewKind(),
    MaterializedViewKind(),
    FunctionKind(),
    TriggerKind(),
    PolicyKind(),
    GrantKind(),
)

RULES: dict[str, Rule] = {
    rule.id: rule
    for rules in (*(kind.rules for kind in KINDS), IMPOSSIBLE_RULES, MIGRATION_RULES, ADVICE_RULES)
    for rule in rules
}
