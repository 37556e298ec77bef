"""The phrases that all formats share, and the order of findings in them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from drift.kinds.sides import DATABASE, MODELS
from drift.lazy_regex import lazy_regex
from drift.model import Severity
from drift.report import remedies
from drift.report.finding import Finding
from drift.report.report import Check, Report
from drift.texts import clip

MARKS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "·"}


def plural(count: int, noun: str) -> str:
    """Return `1 table`, `2 days`, `3 policies`, `1,234 indexes`."""
    if count != 1:
        changes = noun.endswith("y") and noun[-2:-1] not in "aeou"
        stem = noun[:-1] if changes else noun
        noun = stem + ("ies" if changes else "es" if noun.endswith("x") else "s")
    return f"{count:,} {noun}"


def levels(findings: Iterable[Finding]) -> Counter[Severity]:
    """Count findings by severity."""
    return Counter(finding.severity for finding in findings)


def level_noun(level: Severity, count: int) -> str:
    """Return the noun after a count: `error`, `errors`, `info`."""
    return str(level) if count == 1 or level is Severity.INFO else f"{level}s"


def counted(numbers: Mapping[Severity, int]) -> str:
    """Return `2 errors, 1 warning, 3 info`, or "" without findings."""
    present = ((level, numbers[level]) for level in Severity if numbers.get(level))
    return ", ".join(f"{number:,} {level_noun(level, number)}" for level, number in present)


def counts(findings: Iterable[Finding]) -> str:
    """Return the numbers of findings by severity, as `counted` writes them."""
    return counted(levels(findings))


def worst(findings: Iterable[Finding]) -> Severity | None:
    """Return the worst severity of the findings; None without findings."""
    return min((finding.severity for finding in findings), key=lambda s: s.rank, default=None)


def outcome(check: Check) -> str:
    """Return the outcome in a few words: `2 errors`, `in sync`, `in sync, incomplete`."""
    text = counts(check.findings) or "in sync"
    return text if check.complete else f"{text}, {INCOMPLETE}"


INCOMPLETE = "incomplete"
"""The word for a check that could not read or compare everything."""


def compared(check: Check) -> str:
    """Return the number of compared objects: `10 schemas, 8 tables and 61 columns`."""
    numbers = [plural(n, _singular(kind)) for kind, n in check.compared.items()]
    return " and ".join(filter(None, (", ".join(numbers[:-1]), *numbers[-1:])))


def _singular(kinds: str) -> str:
    noun = f"{kinds[:-3]}y" if kinds.endswith("ies") else kinds.removesuffix("s")
    return noun.replace("-", " ")


def sides(check: Check) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return a title and a description of each side: those of a diff in the order of its names."""
    expected = _source(check.expected_source, check.expected_name)
    if not check.actual_source:
        return ("expected", expected), ("live", f"database {_database(check)}")
    actual = _source(check.actual_source, check.actual_name)
    if check.database.name and check.actual_source == DATABASE:
        actual = f"database {check.actual_name}: {_database(check)}"
    both = (expected, actual) if check.left == "expected" else (actual, expected)
    return ("left", both[0]), ("right", both[1])


def _source(source: str, name: str) -> str:
    """Return the kind and the name of a source, such as `models app.models:Base`."""
    return name if name.startswith(source) else f"{source} {name}"


def _database(check: Check) -> str:
    live = check.database
    return (
        f"{live.name} on {live.host or 'a local socket'}, role {live.role}, "
        f"PostgreSQL {live.server_version}"
    )


def has_models(check: Check) -> bool:
    """Return whether one of the sides are models, frozen ones too."""
    return MODELS in {check.sides.expected, check.expected_source, check.actual_source}


def remedy(rule: str, cause: str = "", *, models: bool = True) -> str:
    """Return how to fix findings; "" if that needs `models`, and there are none."""
    text = remedies.remedy(rule, cause)
    return text if models or not _ABOUT_MODELS.search(text) else ""


_ABOUT_MODELS = lazy_regex(r"\bmodels?\b|\bdeclared?\b", re.IGNORECASE)


def notes(check: Check) -> Iterator[str]:
    """Yield sentences about the check itself, without its findings."""
    if not check.complete:
        yield f"{INCOMPLETE}: not everything could be read or compared"
    yield from check.notes
    # The notes of the check count those that hooks of env.py exclude.
    if count := sum(not item.hook for item in check.ignored):
        yield f"{plural(count, 'difference')} ignored by the configuration"
    if check.not_compared:
        kinds = (plural(count, kind) for kind, count in check.not_compared.items())
        yield f"not compared: {', '.join(kinds)}"


def notes_and_advice(check: Check, most: int = 20) -> Iterator[str]:
    """Yield the notes, then the advice."""
    yield from notes(check)
    yield from advice(check, most)


def advice(check: Check, most: int = 20) -> Iterator[str]:
    """Yield a sentence per suggestion, and how many more there are than `most`."""
    for finding in check.advice[:most]:
        yield f"{finding.rule}: {finding.object.path}: {clip(finding.detail)}"
    if more := len(check.advice[most:]):
        yield f"advice: {plural(more, 'more suggestion')}, which the JSON report lists"


def cause_of(finding: Finding) -> str:
    """Return `missing-migration: no migration makes it`; "" if no cause is known.

    It is also "" if the rule is the cause: the message of the finding says it already.
    """
    if finding.cause == finding.rule:
        return ""
    return ": ".join(filter(None, (finding.cause, finding.evidence)))


def timing(run: Check | Report) -> str:
    """Return `2026-11-26 08:49:46 UTC, in 0.42 s`; "" if it is unknown."""
    if run.started_at is None or run.duration is None:
        return ""
    return f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC, in {run.duration:,.2f} s"


def table_of(finding: Finding) -> str:
    """Return the path of the finding's table, or of an object that belongs to no table."""
    ref = finding.object
    return ref.path if ref.table is None else f"{ref.schema}.{ref.table}"


def schema_and_table(finding: Finding) -> tuple[str, str]:
    """Return the schema and name of the finding's table, or of an object outside of tables."""
    ref = finding.object
    return ref.schema, ref.table or ref.name


def by_table(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Yield each table's findings: tables with most errors first, then warnings, then by name."""
    all_findings = list(findings)
    numbers = Counter((schema_and_table(finding), finding.severity) for finding in all_findings)

    def key(finding: Finding) -> tuple[object, ...]:
        table = schema_and_table(finding)
        return (*(-numbers[table, level] for level in Severity), table, finding.order)

    for _, group in groupby(sorted(all_findings, key=key), key=schema_and_table):
        yield list(group)


def by_severity_and_rule(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return the findings that have severity and rule in common; the worst, and most, first."""
    groups: dict[tuple[int, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.severity.rank, finding.rule].append(finding)
    order = sorted(groups, key=lambda key: (key[0], -len(groups[key]), key[1]))
    return [groups[key] for key in order]


def by_rule(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Yield the findings that have severity, rule and impact in common."""

    def key(finding: Finding) -> tuple[int, str, str]:
        return finding.severity.rank, finding.rule, finding.impact

    for _, group in groupby(sorted(findings, key=key), key=key):
        yield list(group)
