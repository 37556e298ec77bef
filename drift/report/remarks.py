"""Findings that are not differences."""

from __future__ import annotations

from drift.kinds import RULES
from drift.model import Severity
from drift.report.finding import Finding


def is_remark(finding: Finding) -> bool:
    """Return whether a finding is not a difference.

    It is one if the configuration makes it worse than `info`.
    """
    rule = RULES.get(finding.rule)
    return rule is not None and not rule.difference and finding.severity is Severity.INFO


def is_advice(finding: Finding) -> bool:
    """Return whether a finding is by a rule that the user asked for."""
    rule = RULES.get(finding.rule)
    return rule is not None and rule.advice
