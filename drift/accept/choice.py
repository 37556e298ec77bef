"""Chooses the findings of a report that are to be accepted."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TypeAlias

import msgspec

from drift.errors import UsageError
from drift.formats.escape import visible
from drift.formats.listing import unknown_rule
from drift.formats.vocabulary import plural, table_of
from drift.kinds import RULES
from drift.report.finding import Finding
from drift.report.report import Check, Report
from drift.texts import clip

Pair: TypeAlias = tuple[str, Finding]
"""The name of a target, and one of its findings."""

_NEAR = 3


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The options that choose findings: fingerprints, patterns of rules and tables, or all.

    With an `attribute`, only findings in which it differs.
    """

    fingerprints: Sequence[str] = ()
    everything: bool = False
    rules: Sequence[str] = ()
    tables: Sequence[str] = ()
    attribute: str | None = None

    def require_consistent(self) -> None:
        """Raise UsageError unless the options choose in one way."""
        ways = [bool(self.fingerprints), self.everything, bool(self.rules or self.tables)]
        if sum(ways) == 0:
            raise UsageError("nothing to accept: name a FINGERPRINT, --rule, --table or --all")
        if sum(ways) > 1:
            raise UsageError("choose by FINGERPRINT, by --rule and --table, or with --all")
        for pattern in self.rules:
            if not any(fnmatchcase(rule, pattern) for rule in RULES):
                raise UsageError(f"--rule: {unknown_rule(pattern)}")

    def of(self, report: Report) -> tuple[list[Pair], int]:
        """Return the chosen findings, and how many others are ignored already.

        Raises UsageError for a fingerprint of no finding, and for patterns that match none.
        """
        ignored = [(c.target, item.finding) for c in report.checks for item in c.ignored]
        if self.fingerprints:
            return self._by_fingerprint(report, ignored)
        pairs = [(c.target, finding) for c in report.checks for finding in self._listed(c)]
        chosen = [pair for pair in pairs if self.is_about(pair[1])]
        accepted = sum(self.is_about(finding) for _, finding in ignored)
        if not chosen and not accepted and not self.everything:
            options = [f"--rule {text}" for text in self.rules]
            options += [f"--table {text}" for text in self.tables]
            already = f"; {_are(len(ignored))} accepted already" if ignored else ""
            raise UsageError(
                f"no difference matches {' '.join(options)}{self._differing()}{already}"
            )
        return chosen, accepted

    def _listed(self, check: Check) -> tuple[Finding, ...]:
        """Return the findings of a check; remarks, such as advice, only if a rule names them."""
        return (*check.findings, *check.remarks) if self.rules else check.findings

    def _by_fingerprint(self, report: Report, ignored: Sequence[Pair]) -> tuple[list[Pair], int]:
        known: dict[str, list[Pair]] = {}
        for check in report.checks:
            for finding in (*check.remarks, *check.findings):
                known.setdefault(finding.fingerprint, []).append((check.target, finding))
        accepted = {finding.fingerprint for _, finding in ignored}
        wanted = dict.fromkeys(text.strip().lower() for text in self.fingerprints)
        for text in wanted:
            if text not in known and text not in accepted:
                raise UsageError(f"{clip(text, 40)}: {_unknown(text, known)}")
            for pair in known.get(text, ()):
                if not self.is_about(pair[1]):
                    raise UsageError(f"{text}: {_named(pair)} does not differ in this attribute")
        chosen = [pair for text in wanted for pair in known.get(text, ())]
        return chosen, len(wanted.keys() - known.keys())

    def is_about(self, finding: Finding) -> bool:
        """Return whether the patterns and the attribute choose a finding."""
        ref = finding.object
        name = ref.table or ref.name
        paths = {name, table_of(finding), *(f"{schema}.{name}" for schema in finding.schemas)}
        return (
            _any(self.rules, [finding.rule])
            and _any(self.tables, paths)
            and (self.attribute is None or bool(self.covered(finding)))
        )

    def covered(self, finding: Finding) -> set[str]:
        """Return the changed attributes of a finding that are to be accepted."""
        if self.attribute is None:
            return set(finding.changes)
        prefix = f"{self.attribute}."
        names = finding.changes
        return {name for name in names if name == self.attribute or name.startswith(prefix)}

    def _differing(self) -> str:
        return f" and differs in {self.attribute}" if self.attribute else ""


def _any(patterns: Sequence[str], names: Sequence[str] | set[str]) -> bool:
    return not patterns or any(fnmatchcase(name, text) for name in names for text in patterns)


def _are(count: int) -> str:
    return f"{plural(count, 'difference')} {'is' if count == 1 else 'are'}"


def _unknown(text: str, known: Mapping[str, Sequence[Pair]]) -> str:
    """Return the message about a fingerprint of no finding, with those that are near."""
    near = list(_near(text, known))
    hint = f"; did you mean {', or '.join(near)}?" if near else ""
    return (
        f"no such finding among {plural(len(known), 'difference')}{hint} (drift check -v and "
        "--format json show the fingerprints)"
    )


def _near(text: str, known: Mapping[str, Sequence[Pair]]) -> Iterator[str]:
    beginning = [name for name in known if len(text) > 3 and name.startswith(text)]
    for name in beginning[:_NEAR] or difflib.get_close_matches(text, known, n=_NEAR):
        yield f"{name} ({_named(known[name][0])})"


def _named(pair: Pair) -> str:
    target, finding = pair
    return visible(f"{finding.rule} on {finding.object.path} in {target}")
