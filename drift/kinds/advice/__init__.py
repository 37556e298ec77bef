"""Advice: both sides of a check and the ORM's mappings in, possible problems out.

A new rule is one file here and one line in `ADVISORS`. Advice is never a difference: it says
nothing that a comparison reports.
"""

from drift.kinds.advice import (
    delete_rules,
    foreign_key_indexes,
    keyless_tables,
    naive_timestamps,
    narrow_keys,
    redundant_indexes,
    scalar_relationships,
    sequence_ends,
)
from drift.kinds.advice.base import Advisor
from drift.model import Rule

ADVISORS: tuple[Advisor, ...] = (
    delete_rules.ADVISOR,
    delete_rules.SLOW_ADVISOR,
    foreign_key_indexes.ADVISOR,
    naive_timestamps.ADVISOR,
    narrow_keys.ADVISOR,
    redundant_indexes.ADVISOR,
    scalar_relationships.ADVISOR,
    sequence_ends.ADVISOR,
    keyless_tables.ADVISOR,
)
RULES: tuple[Rule, ...] = tuple(advisor.rule for advisor in ADVISORS)
