"""The text report: the worst first, nothing printed twice, readable without colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from drift.formats.ages import changes
from drift.formats.escape import visible
from drift.formats.options import Options
from drift.formats.text import filters
from drift.formats.text.advice import add_advice
from drift.formats.text.blocks import shortened
from drift.formats.text.findings import LONG, add_findings, rule_line, style_of
from drift.formats.text.fleet import add_shared
from drift.formats.text.layout import Cell, Page, Span, Style, cell_width
from drift.formats.vocabulary import (
    by_severity_and_rule,
    compared,
    has_models,
    notes,
    outcome,
    plural,
    remedy,
    sides,
    timing,
)
from drift.report.finding import Finding
from drift.report.fix import has_plan, planner
from drift.report.fleet import Fleet, fleet
from drift.report.remedies import BY_CAUSE
from drift.report.report import Check, Report


def render(report: Report, options: Options) -> str:
    """Return the report for a terminal of the given width."""
    page = Page(options.width, color=options.color)
    shown = filters.matching(report, options)
    if options.summary:
        _summary(page, shown.checks)
    else:
        _differences(page, report, shown, options)
    page.blank()
    if hidden := filters.explanation(report, shown, options):
        page.paragraph(Span(hidden, Style.BOLD))
    if when := timing(report):
        page.paragraph(Span(f"checked at {when}", Style.DIM))
    for line in (*_last_lines(report), *_hints(report)):
        page.paragraph(*line)
    return page.text()


def excerpt(check: Check, options: Options) -> str:
    """Return the findings of a check and how to fix them, without the header and the outcome."""
    page = Page(options.width, color=options.color)
    add_findings(page, check.findings, options, check.sides)
    _notes(page, check.notes)
    _remedies(page, Report(checks=(check,)))
    page.blank()
    _sides(page, check)
    for line in _hints(Report(checks=(check,))):
        page.paragraph(*line)
    return page.text()


def _differences(page: Page, report: Report, shown: Report, options: Options) -> None:
    """Add what several targets share, then each target that has differences of its own.

    The only target always has a section. What is known of a target without a section, its notes and
    its history, is added with the names of all targets for which it holds.
    """
    several = len(report.checks) > 1
    split = fleet(shown.checks) if several else Fleet(groups=(), own=shown.checks)
    with_section = [bool(own.findings) or not several for own in split.own]
    without = [check for check, own in zip(report.checks, with_section, strict=True) if not own]
    shared = _shared_notes(report.checks, without) if several else {}
    add_shared(page, split.groups, options)
    checks = zip(report.checks, shown.checks, split.own, with_section, strict=True)
    for check, part, own, is_shown in checks:
        if is_shown:
            _target(page, check, own, options, len(part.findings) - len(own.findings))
            _notes(page, [note for note in notes(check) if note not in shared])
    add_advice(page, shown, options)
    _histories(page, without)
    _notes(page, [f"{note} ({shortened(names)})" for note, names in shared.items()])
    _remedies(page, shown)
    _plan_command(page, shown, options)
    _accept_command(page, shown, options)


def _target(page: Page, check: Check, own: Check, options: Options, shared: int) -> None:
    """Add the section of a target: `own` findings, and how many are among the shared ones."""
    page.blank()
    page.rule(check.target, style_of(check))
    _sides(page, check)
    for sentence in filter(None, (check.cause_summary, changes(check))):
        page.blank()
        page.paragraph(Span(sentence, Style.BOLD), indent=2)
    if shared:
        page.blank()
        more = f"and {plural(shared, 'difference')} of several databases, see above"
        page.paragraph(Span(more, Style.DIM), indent=2)
    add_findings(page, own.findings, options, check.sides)


def _histories(page: Page, checks: Sequence[Check]) -> None:
    """Add the changes since the last run of targets without a section, each once."""
    targets: dict[str, list[str]] = {}
    for check in checks:
        targets.setdefault(changes(check), []).append(check.target)
    lines = [(sentence, names) for sentence, names in targets.items() if sentence]
    if lines:
        page.blank()
    for sentence, names in lines:
        page.paragraph(Span(f"{sentence} ({shortened(names)})"), indent=2, hanging=2)


def _sides(page: Page, check: Check) -> None:
    for title, side in sides(check):
        page.row(Cell(8, [Span(title, Style.DIM)]), Cell(page.width - 12, [Span(side)]), indent=2)


def _summary(page: Page, checks: Sequence[Check]) -> None:
    """Add a line per target and rule."""
    targets = max((cell_width(visible(check.target)) for check in checks), default=0)
    rules = max((len(f.rule) for check in checks for f in _all(check)), default=0)
    for check in checks:
        for group in by_severity_and_rule(_all(check)):
            target = visible(check.target)
            space = " " * (targets - cell_width(target) + 2)
            page.paragraph(Span(target + space), *rule_line(group, rules), hanging=4)
        if check.cause_summary:
            page.paragraph(Span(f"{visible(check.target)}: {check.cause_summary}"), hanging=4)
        for note in () if check.complete else check.notes:
            page.paragraph(Span(f"{visible(check.target)}: note: {note}"), hanging=4)


def _shared_notes(checks: Iterable[Check], without: Iterable[Check]) -> dict[str, list[str]]:
    """Return the notes to print once for several targets, with the names of these.

    The notes of targets `without` a section are among them: they are printed nowhere else.
    """
    targets: dict[str, list[str]] = {}
    for check in checks:
        for note in notes(check):
            targets.setdefault(note, []).append(check.target)
    alone = {note for check in without for note in notes(check)}
    return {note: names for note, names in targets.items() if len(names) > 1 or note in alone}


def _notes(page: Page, sentences: Sequence[str]) -> None:
    if sentences:
        page.blank()
    for sentence in sentences:
        page.paragraph(Span(f"note: {sentence}", Style.DIM), indent=2)


def _remedies(page: Page, report: Report) -> None:
    """Add the fix of each cause or rule once, the worst rules first."""
    groups = {(f.severity.rank, f.rule, f.cause) for check in report.checks for f in _all(check)}
    models = any(map(has_models, report.checks))
    fixes = {
        cause if cause in BY_CAUSE else rule: remedy(rule, cause, models=models)
        for _, rule, cause in sorted(groups)
    }
    known = {name: text for name, text in fixes.items() if text}
    if known:
        page.blank()
        page.paragraph(Span("How to fix (drift rules RULE explains a rule)", Style.BOLD))
    for name, text in known.items():
        page.paragraph(Span(f"{name}: ", Style.BOLD), Span(text), indent=2, hanging=2)


def _all(check: Check) -> tuple[Finding, ...]:
    """Return the differences and the advice."""
    return (*check.findings, *check.advice)


def _plan_command(page: Page, report: Report, options: Options) -> None:
    """Add the command that writes the migration, if a migration closes a difference."""
    planned = [check for check in report.checks if has_plan(check)]
    if planned:
        command = planner(planned[0], "" if len(report.checks) == 1 else "TARGET").whole()
        page.blank()
        effect = (
            "prints the steps that close the differences"
            if options.plan
            else "writes the migration"
        )
        page.paragraph(Span(options.plan or command, Style.BOLD), Span(f" {effect}"))


def _accept_command(page: Page, report: Report, options: Options) -> None:
    """Add the command that accepts differences, if there are many, or their fingerprints."""
    checks = [check for check in report.checks if check.configured and not check.actual_source]
    count = sum(len(check.findings) for check in checks)
    if options.plan or not count or not (options.verbose or count >= LONG):
        return
    command = f"drift accept {'FINGERPRINT' if options.verbose else '--all'} --reason TEXT"
    effect = "a difference" if options.verbose else "these, so that only new differences fail"
    page.paragraph(Span(command, Style.BOLD), Span(f" accepts {effect}"))


def _last_lines(report: Report) -> Iterator[list[Span]]:
    """Yield a line per target: scripts read the last lines."""
    for check in report.checks:
        ignored = f", {len(check.ignored)} ignored" if check.ignored else ""
        if check.advice:
            ignored += f", {plural(len(check.advice), 'suggestion')}"
        yield [
            Span(f"{check.target}: {outcome(check)}", style_of(check)),
            Span(f"{ignored}; {compared(check)} compared"),
        ]
    for failure in report.failures:
        yield [Span(f"{failure.target}: could not be checked: {failure.reason}", Style.RED)]


def _hints(report: Report) -> Iterator[list[Span]]:
    """Yield the project's own sentences, with the targets for which they are not the same."""
    targets: dict[str, list[str]] = {}
    for check in report.checks:
        if check.findings:
            targets.setdefault(check.hint, []).append(check.target)
    for hint, names in targets.items():
        if hint:
            about = f" ({shortened(names)})" if len(targets) > 1 else ""
            yield [Span(f"hint{about}: ", Style.BOLD), Span(hint)]
