"""The options of `drift plan`, as the command line gives them and as the planner takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from drift.check.target import Examined
from drift.errors import UsageError
from drift.formats.listing import unknown_rule
from drift.kinds import RULES
from drift.plan.context import SMALL, Options
from drift.plan.step import Hazard
from drift.report.finding import Finding
from drift.texts import clip

_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[kKMGT]?)i?B?", re.ASCII)
MOST = 20
"""Keys that an error names."""
_UNITS = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4}


class Answers(dict[str, str]):
    """The answers of a person; `asked` are the keys that an answer could have."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        """Take the answers by their keys."""
        super().__init__(answers)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        """Return the answer to a question of the planner."""
        self.asked.add(key)
        return super().get(key, default)

    def require_asked(self) -> None:
        """Raise UsageError for an answer to a question that the plan does not have.

        A mistyped key would leave its question open, or let the plan use another value.
        """
        if unknown := sorted(self.keys() - self.asked):
            keys = ", ".join(clip(key) for key in sorted(self.asked)[:MOST])
            more = f" and {len(self.asked) - MOST:,} more" if len(self.asked) > MOST else ""
            known = f"the keys are {keys}{more}" if keys else "the plan has no question"
            raise UsageError(f"--decide {clip(unknown[0])}: no question has this key; {known}")


class PlanOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options that choose findings, and how to close them.

    `rules` and `tables` are patterns, `findings` fingerprints; `allow` are names of hazards and
    `decide` texts KEY=ANSWER. With `alembic`, the plan becomes revisions.
    """

    rules: Sequence[str] = ()
    tables: Sequence[str] = ()
    findings: Sequence[str] = ()
    small: str | None = None
    window: bool = False
    allow: Sequence[str] = ()
    decide: Sequence[str] = ()
    alembic: bool = False

    def planner(self, answers: Answers) -> Options:
        """Return the options of the planner. Raises UsageError."""
        for pattern in self.rules:
            if not any(fnmatchcase(rule, pattern) for rule in RULES):
                raise UsageError(f"--rule: {unknown_rule(pattern)}")
        return Options(
            small=SMALL if self.small is None else size(self.small),
            window=self.window,
            allow=frozenset(Hazard(name) for name in self.allow),
            decisions=answers,
        )

    def chosen(self, examined: Examined) -> list[Finding]:
        """Return the findings that the options choose. Raises UsageError for an unknown name."""
        report = examined.report
        known = {finding.fingerprint for finding in report.findings}
        ignored = {each.finding.fingerprint: each.reason for each in report.ignored}
        for fingerprint in self.findings:
            if fingerprint in ignored:
                raise UsageError(
                    f"--finding {fingerprint}: the configuration ignores it "
                    f"({ignored[fingerprint]}); remove that entry to plan it"
                )
            if fingerprint not in known:
                raise UsageError(
                    f"--finding {clip(fingerprint)}: the check has no such finding; it may be "
                    "closed already (`drift check --format json` lists the fingerprints)"
                )
        self._require_tables(examined)
        return [finding for finding in report.findings if self._chooses(finding)]

    def _require_tables(self, examined: Examined) -> None:
        """Raise UsageError for a name that no side has: an empty plan would look like success."""
        first = examined.compared.variants[0]
        items = [
            i for side in (first.declared, first.live) for of in side.objects.values() for i in of
        ]
        names = {str(item.table or item.name) for item in items}
        names |= {f"{item.schema}.{item.table or item.name}" for item in items}
        for pattern in self.tables:
            if not any(fnmatchcase(name, pattern) for name in names):
                near = get_close_matches(pattern, names, n=1)
                raise UsageError(
                    f"--table {clip(pattern)}: neither side has a table of this name"
                    + (f"; did you mean {near[0]}?" if near else "")
                )

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


def fingerprint_of(path: Path) -> str:
    """Return the fingerprint of the live schema that a plan's file was made for.

    Raises UsageError.
    """
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
            f"--apply-check {path}: not a plan of drift; give the SQL, the JSON or a revision "
            "that `drift plan` wrote"
        )
    return made_for
