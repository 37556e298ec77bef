"""The options of `drift plan`, as the command line gives them and as the planner takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from drift.errors import UsageError
from drift.formats.listing import unknown_rule
from drift.kinds import RULES
from drift.plan.context import SMALL, Options
from drift.plan.step import Hazard
from drift.report.finding import Finding

_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[kKMGT]?)i?B?", re.ASCII)
_UNITS = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4}


class PlanOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options that choose findings, and how to close them.

    `rules` and `tables` are patterns, `findings` fingerprints; `allow` are names of hazards and
    `decide` texts KEY=ANSWER.
    """

    rules: Sequence[str] = ()
    tables: Sequence[str] = ()
    findings: Sequence[str] = ()
    small: str | None = None
    window: bool = False
    allow: Sequence[str] = ()
    decide: Sequence[str] = ()

    def planner(self) -> Options:
        """Return the options of the planner. Raises UsageError."""
        for pattern in self.rules:
            if not any(fnmatchcase(rule, pattern) for rule in RULES):
                raise UsageError(f"--rule: {unknown_rule(pattern)}")
        return Options(
            small=SMALL if self.small is None else size(self.small),
            window=self.window,
            allow=frozenset(Hazard(name) for name in self.allow),
            decisions=decisions(self.decide),
        )

    def chosen(self, all_findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings that the options choose. Raises UsageError for an unknown one."""
        known = {finding.fingerprint for finding in all_findings}
        for fingerprint in self.findings:
            if fingerprint not in known:
                raise UsageError(
                    f"--finding {fingerprint}: the check has no such finding; it may be closed "
                    "already (`drift check --format json` lists the fingerprints)"
                )
        return [finding for finding in all_findings if self._chooses(finding)]

    def _chooses(self, finding: Finding) -> bool:
        ref = finding.object
        name = ref.table or ref.name
        paths = (name, f"{ref.schema}.{name}")
        return (
            (not self.findings or finding.fingerprint in self.findings)
            and (not self.rules or any(fnmatchcase(finding.rule, p) for p in self.rules))
            and (
                not self.tables
                or any(fnmatchcase(path, pattern) for path in paths for pattern in self.tables)
            )
        )


def size(text: str) -> int:
    """Return bytes: `10MB`, `1.5 GB`, `0`. Raises UsageError."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"--small {text}: expected a size such as 10MB, 512kB or 0")
    return int(float(match["number"]) * 1024 ** _UNITS[match["unit"]])


def decisions(texts: Sequence[str]) -> Mapping[str, str]:
    """Return the answers by their keys. Raises UsageError."""
    answers: dict[str, str] = {}
    for text in texts:
        key, equals, answer = text.partition("=")
        if not equals or not key.strip() or not answer.strip():
            raise UsageError(
                f"--decide {text}: expected KEY=ANSWER as the plan prints it, such as "
                "public.users.role='member'"
            )
        answers[key.strip()] = answer.strip()
    return answers


def fits(path: Path, fingerprint: str) -> bool:
    """Return whether a plan's file was made for this live schema. Raises UsageError."""
    from drift.formats.plan.fingerprint import fingerprint_in

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"--apply-check {path}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--apply-check {path}: not UTF-8") from None
    made_for = fingerprint_in(text)
    if made_for is None:
        raise UsageError(
            f"--apply-check {path}: not a plan of drift; give the SQL, the JSON or the first "
            "revision that `drift plan` wrote"
        )
    return made_for == fingerprint
