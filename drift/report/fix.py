"""The fix of a finding: the first step in a sentence, and the command for the rest."""

from __future__ import annotations

import shlex

import msgspec

from drift.kinds import RULES
from drift.kinds.advice import RULES as ADVICE_RULES
from drift.kinds.migration import RULES as MIGRATION_RULES
from drift.report.finding import Finding
from drift.report.remarks import is_remark
from drift.report.report import Check

UPGRADE = "alembic upgrade head"
PENDING = "pending-migration"
"""A rule, and the cause of findings that only wait for a migration to run."""

_WITHOUT_PLAN = {rule.id for rule in MIGRATION_RULES} | {
    "impossible-declaration",
    "unreadable-table",
    *(rule.id for rule in ADVICE_RULES),
}
"""Rules whose findings no migration closes."""


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """The first sentence of the rule's remedy, and a command."""

    summary: str
    command: str


def fix(check: Check, finding: Finding) -> Fix | None:
    """Return the fix of a finding; None if no command closes it."""
    command = command_for(finding, check.target) if has_plan(check) else ""
    if not command:
        return None
    summary, _, _ = RULES[finding.rule].remedy.partition(". ")
    return Fix(summary=summary.removesuffix(".") + ".", command=command)


def has_plan(check: Check) -> bool:
    """Return whether `drift plan` knows the target: a pair of `drift diff` is none."""
    return check.configured and not check.actual_source


def plan_command(target: str) -> str:
    """Return the command that plans for all findings of a target."""
    return f"drift plan {shlex.quote(target)}"


def command_for(finding: Finding, target: str) -> str:
    """Return the command that closes a finding of a target; "" if none does."""
    if PENDING in {finding.rule, finding.cause}:
        return UPGRADE
    if finding.rule not in RULES or finding.rule in _WITHOUT_PLAN or is_remark(finding):
        return ""
    option = f" --finding {finding.fingerprint}" if finding.fingerprint else ""
    return plan_command(target) + option
