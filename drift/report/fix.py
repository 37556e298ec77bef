"""The fix of a finding: the first step in a sentence, and the command for the rest."""

from __future__ import annotations

import shlex

import msgspec

from drift.kinds import KINDS, RULES
from drift.kinds.advice import RULES as ADVICE_RULES
from drift.kinds.migration import RULES as MIGRATION_RULES
from drift.report.finding import Finding
from drift.report.remarks import is_remark
from drift.report.remedies import remedy
from drift.report.report import Check

UPGRADE = "alembic upgrade head"
PENDING = "pending-migration"
"""A rule, and the cause of findings that only wait for a migration to run."""

_WITHOUT_PLAN = {rule.id for rule in MIGRATION_RULES} | {
    "impossible-declaration",
    "unreadable-table",
    "frozen-default",
    *(rule.id for kind in KINDS if kind.is_optional for rule in kind.rules),
    *(rule.id for rule in ADVICE_RULES),
}
"""Rules whose findings no plan closes: it changes no view, function, trigger, policy or grant."""


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """The first sentence of the remedy, and a command."""

    summary: str
    command: str


class Planner(msgspec.Struct, frozen=True):
    """The command that plans for a check, with its options; "" if none does.

    `tenant` is the schema to plan for if the target has one per tenant; "" if it has not.
    """

    command: str = ""
    tenant: str = ""

    def __bool__(self) -> bool:
        """Return whether `drift plan` can be run for the check."""
        return bool(self.command)

    def whole(self) -> str:
        """Return the command for all findings; those of one tenant, if there are tenants."""
        return self._of(self.tenant)

    def command_for(self, finding: Finding) -> str:
        """Return the command that closes a finding; "" if none does.

        The findings of tenants have other fingerprints in a plan for one of them.
        """
        if not self:
            return ""
        if PENDING in {finding.rule, finding.cause}:
            return UPGRADE
        if not is_planned(finding):
            return ""
        if finding.schemas:
            return self._of(finding.schemas[0])
        option = f" --finding {finding.fingerprint}" if finding.fingerprint else ""
        return self.whole() + option

    def fix(self, finding: Finding) -> Fix | None:
        """Return the fix of a finding; None if no command closes it."""
        command = self.command_for(finding)
        if not command:
            return None
        summary, _, _ = remedy(finding.rule, finding.cause).partition(". ")
        return Fix(summary=summary.removesuffix(".") + ".", command=command)

    def _of(self, tenant: str) -> str:
        return f"{self.command} --schema {shlex.quote(tenant)}" if tenant else self.command


def planner(check: Check, name: str = "") -> Planner:
    """Return the command that plans for a check: a pair of `drift diff` has none.

    `name` stands for the target's name. Without a configuration, the target has no name.
    """
    if check.actual_source or not (check.configured or check.plan_options):
        return Planner()
    names = [name or shlex.quote(check.target)] if check.configured else []
    options = map(shlex.quote, check.plan_options)
    tenants = [schema for f in check.findings if is_planned(f) for schema in f.schemas[:1]]
    tenant = tenants[0] if tenants else "SCHEMA" if "schemas" in check.compared else ""
    return Planner(" ".join(("drift plan", *names, *options)), tenant)


def has_plan(check: Check) -> bool:
    """Return whether a plan closes a finding of the check."""
    plan = planner(check) if check.findings else Planner()
    return bool({plan.command_for(finding) for finding in check.findings} - {"", UPGRADE})


def is_planned(finding: Finding) -> bool:
    """Return whether a plan has steps for a finding of this rule, unless a migration is pending."""
    return (
        finding.rule in RULES
        and finding.rule not in _WITHOUT_PLAN
        and finding.cause != PENDING
        and not is_remark(finding)
    )
