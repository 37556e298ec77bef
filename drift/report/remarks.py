"""Findings that are no differences."""

from __future__ import annotations

from drift.kinds import RULES
from drift.model import Severity
from drift.report.finding import Finding


def is_remark(finding: Finding) -> bool:
    """Tell a finding that is no difference, unless the configuration makes it worse than `info`."""
    rule = RULES.get(finding.rule)
    return rule is not None and not rule.difference and finding.severity is Severity.INFO
