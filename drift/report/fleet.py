"""The differences that several databases have in the same way, each once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

import msgspec

from drift.report.ages import example
from drift.report.finding import Finding
from drift.report.report import Check


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Differences that the same databases have, from the same cause.

    `findings` are an example of each; `targets` name the databases. `first` is the check of the
    first of them.
    """

    targets: tuple[str, ...]
    cause: str
    findings: tuple[Finding, ...]
    first: Check

    @property
    def order(self) -> tuple[object, ...]:
        """Most databases first, then the worst severity, then the path."""
        worst = min(finding.severity.rank for finding in self.findings)
        paths = min(finding.object.path for finding in self.findings)
        return -len(self.targets), worst, paths, self.cause, self.targets


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """The groups, and for each check those of its findings that no other database has."""

    groups: tuple[Group, ...]
    own: tuple[Check, ...]


def fleet(checks: Sequence[Check]) -> Fleet:
    """Split the findings of many checks: a difference of two databases or more is shared.

    The time grows with the number of findings: each is looked up by its key.
    """
    holders: dict[Hashable, list[tuple[int, Finding]]] = defaultdict(list)
    for number, check in enumerate(checks):
        for finding in check.findings:
            holders[key(finding)].append((number, finding))
    shared = {
        difference: pairs
        for difference, pairs in holders.items()
        if len({number for number, _ in pairs}) > 1
    }
    if not shared:
        return Fleet(groups=(), own=tuple(checks))
    own = (
        msgspec.structs.replace(
            check, findings=tuple(f for f in check.findings if key(f) not in shared)
        )
        for check in checks
    )
    return Fleet(groups=_groups(checks, shared.values()), own=tuple(own))


def key(finding: Finding) -> Hashable:
    """Return the key that equal differences of several databases share."""
    return (
        finding.rule,
        finding.object,
        finding.severity,
        finding.detail or finding.message,
        finding.impact,
        finding.cause,
        finding.evidence,
    )


def _groups(
    checks: Sequence[Check], shared: Iterable[list[tuple[int, Finding]]]
) -> tuple[Group, ...]:
    """Return the shared differences by the set of their databases, and by cause."""
    alike: dict[tuple[tuple[int, ...], str], list[Finding]] = defaultdict(list)
    for pairs in shared:
        numbers = tuple(dict.fromkeys(number for number, _ in pairs))
        findings = [finding for _, finding in pairs]
        alike[numbers, findings[0].cause].append(example(findings))
    groups = (
        Group(
            targets=tuple(checks[number].target for number in numbers),
            cause=cause,
            findings=tuple(sorted(findings, key=lambda finding: finding.order)),
            first=checks[numbers[0]],
        )
        for (numbers, cause), findings in alike.items()
    )
    return tuple(sorted(groups, key=lambda group: group.order))
