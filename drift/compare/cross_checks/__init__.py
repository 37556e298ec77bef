"""Checks that need more than one kind of object: two schemas and all findings in, findings out.

A new one is one file here and one line in `CROSS_CHECKS`.
"""

from collections.abc import Callable
from typing import TypeAlias

from drift.compare.cross_checks.declared_twice import demote_repeats, demote_twins
from drift.compare.cross_checks.folded import forget_folded
from drift.compare.cross_checks.foreign_key_types import report_type_traps
from drift.compare.cross_checks.impossible import report_impossible
from drift.compare.cross_checks.mapped_views import forget_mapped_views
from drift.compare.cross_checks.not_null import report_unvalidated
from drift.compare.cross_checks.serial import report_serials
from drift.compare.cross_checks.system_schemas import forget_system
from drift.compare.cross_checks.unique_or_index import merge_unique_and_index
from drift.compare.cross_checks.used_sequences import forget_used
from drift.model import Schema
from drift.report.finding import Finding

CrossCheck: TypeAlias = Callable[[list[Finding], Schema, Schema], list[Finding]]
CROSS_CHECKS: tuple[CrossCheck, ...] = (
    report_type_traps,
    forget_folded,
    merge_unique_and_index,
    report_impossible,
    demote_twins,
    demote_repeats,
    forget_used,
    forget_mapped_views,
    report_serials,
    report_unvalidated,
    forget_system,
)
"""In the order in which they amend the findings."""
