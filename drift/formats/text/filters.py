"""`--table`, `--rule` and `--cause`: the findings to print; exit codes never depend on them."""

from __future__ import annotations

from fnmatch import fnmatchcase

import msgspec

from drift.formats.options import Options
from drift.formats.vocabulary import table_of
from drift.report.finding import Finding
from drift.report.report import Report
from drift.texts import nearest


def matching(report: Report, options: Options) -> Report:
    """Return the report with only the findings that pass every filter of the options."""
    if not (options.tables or options.rules or options.causes):
        return report
    checks = (
        msgspec.structs.replace(
            check,
            findings=tuple(finding for finding in check.findings if _shows(options, finding)),
            remarks=tuple(finding for finding in check.remarks if _shows(options, finding)),
        )
        for check in report.checks
    )
    return msgspec.structs.replace(report, checks=tuple(checks))


def explanation(report: Report, shown: Report, options: Options) -> str:
    """Say how many findings a filter hides; "" without a filter."""
    filters = [f"--table {pattern}" for pattern in options.tables]
    filters += [f"--rule {pattern}" for pattern in options.rules]
    filters += [f"--cause {word}" for word in options.causes]
    if not filters:
        return ""
    total, left = _count(report), _count(shown)
    sentence = f"filter {' '.join(filters)}: {left:,} of {total:,} differences shown, "
    sentence += f"{total - left:,} hidden"
    if left == 0 and (close := _close(report, options)):
        sentence += f"; did you mean {close}?"
    return sentence


def _shows(options: Options, finding: Finding) -> bool:
    by_rule = any(fnmatchcase(finding.rule, pattern) for pattern in options.rules)
    return (
        _matches_table(options, finding)
        and (not options.rules or by_rule)
        and (not options.causes or finding.cause in options.causes)
    )


def _matches_table(options: Options, finding: Finding) -> bool:
    """Return whether the options name a table: as name or `schema.name`, in any of its schemas."""
    ref = finding.object
    name = ref.table or ref.name
    paths = {name, table_of(finding), *(f"{schema}.{name}" for schema in finding.schemas)}
    return not options.tables or any(
        fnmatchcase(path, pattern) for path in paths for pattern in options.tables
    )


def _count(report: Report) -> int:
    return sum(len(check.findings) for check in report.checks)


def _close(report: Report, options: Options) -> str:
    """Return the table that a mistyped name probably means; "" if there is none."""
    paths = {path for check in report.checks for path in check.tables}
    names = sorted(paths | {path.partition(".")[2] for path in paths})
    for pattern in options.tables:
        if pattern not in names and (close := nearest(pattern, names)):
            return close
    return ""
