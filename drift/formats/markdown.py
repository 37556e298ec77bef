"""The report as Markdown: the summary of a job, and the body of an issue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from drift import __version__
from drift.formats import places
from drift.formats.markdown_text import code, prose
from drift.formats.mermaid import diagram
from drift.formats.options import Options
from drift.formats.wording import MARKS, by_table, compared, counts, notes, place, plural
from drift.kinds import RULES
from drift.model import Check, Finding, Report, Severity

LARGEST = 1_000_000
"""Bytes of the whole: GitHub takes a summary of 1 MiB, and refuses a larger one entirely."""

_SMALLEST = 2_000
_HEAD = "| | rule | object | difference | declared at |\n|:-:|---|---|---|---|"


def render(report: Report, options: Options) -> str:
    """Return the report of all targets, at most `LARGEST` bytes long."""
    blocks = [_failure(failure.target, failure.reason) for failure in report.failures]
    room = LARGEST - sum(map(_bytes, blocks)) - 200
    for number, check in enumerate(report.checks):
        share = max(_SMALLEST, room // (len(report.checks) - number))
        heading = f"## {_sign(check)} {code(check.target)}: {counts(check.findings) or 'in sync'}\n"
        part = section(check, options, limit=share - _bytes(heading), size=_bytes)
        if _bytes(heading) + _bytes(part) > room:
            blocks.append(f"{plural(len(report.checks) - number, 'more target')}: cut here.\n")
            break
        room -= _bytes(heading) + _bytes(part) + 2
        blocks.append(f"{heading}\n{part}")
    return "\n".join((*blocks, f"Made by drift {__version__}.\n"))


def section(check: Check, options: Options, *, limit: int, size: Callable[[str], int] = len) -> str:
    """Return what is to be said of one check, as far as `limit` goes; `size` measures text.

    Whole rows are left out, with their number, rather than text be cut; the diagram comes last,
    where it fits.
    """
    around = [f"{_sides(check)}\n", *_consequences(check), *_notes(check)]
    first, rest = around[0], around[1:]
    room = limit - sum(map(size, around)) - len(around) - 100
    lines = list(_within(list(_findings(check, options)), room, size))
    text = "\n".join((first, *lines, *rest))
    picture = diagram(check)
    return f"{text}\n{picture}" if size(text) + size(picture) < limit else text


def _within(lines: list[tuple[str, int]], room: int, size: Callable[[str], int]) -> Iterator[str]:
    """Yield lines while there is room, then how many findings are not among them."""
    left = sum(count for _, count in lines)
    for line, count in lines:
        room -= size(line) + 1
        if room < 0:
            yield f"\n… and {plural(left, 'more difference')}, not shown here.\n"
            return
        left -= count
        yield line


def _findings(check: Check, options: Options) -> Iterator[tuple[str, int]]:
    """Yield lines with the number of findings that each tells of."""
    for found in by_table(check.findings):
        ref = found[0].object
        kind = "" if ref.table or ref.kind == "table" else f" ({ref.kind})"
        yield f"### {code('.'.join(place(found[0])))}{kind}: {counts(found)}\n\n{_HEAD}", 0
        for finding in sorted(found, key=lambda one: one.order):
            yield _row(finding, options), 1
        yield "", 0


def _row(finding: Finding, options: Options) -> str:
    cells = (
        MARKS[finding.severity],
        code(finding.rule, in_table=True),
        code(finding.object.name, in_table=True),
        code(finding.detail or finding.message, in_table=True),
        _link(finding, options),
    )
    return f"| {' | '.join(cells)} |"


def _link(finding: Finding, options: Options) -> str:
    """Return where the model declares it, linked where the repository is known."""
    where = finding.location
    if where is None:
        return ""
    url = places.url(where, options)
    if not url:
        return code(f"{where.file}:{where.line}", in_table=True)
    words = code(f"{PurePosixPath(where.file).name}:{where.line}", in_table=True)
    return f"[{words}]({url.replace('(', '%28').replace(')', '%29')})"


def _sides(check: Check) -> str:
    live = check.database
    return (
        f"{prose(check.expected_source)} {code(check.expected_name)} against database "
        f"{code(live.name)} on {code(live.host) if live.host else 'a local socket'}, role "
        f"{code(live.role)}, PostgreSQL {prose(live.server_version)}; {compared(check)} compared."
    )


def _consequences(check: Check) -> Iterator[str]:
    """Yield what each rule's differences break, and how to close them."""
    found = {(f.severity.rank, f.rule, f.impact) for f in check.findings}
    told = dict.fromkeys((rule, impact) for _, rule, impact in sorted(found))
    if told:
        yield "### What breaks, and how to close it\n"
        yield "| rule | breaks | to close it |\n|---|---|---|"
    for rule, impact in told:
        remedy = RULES[rule].remedy if rule in RULES else ""
        cells = (code(rule, in_table=True), *(prose(t, in_table=True) for t in (impact, remedy)))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _notes(check: Check) -> Iterator[str]:
    for note in notes(check):
        yield f"> note: {prose(note)}\n"


def _failure(target: str, reason: str) -> str:
    return f"## {MARKS[Severity.ERROR]} {code(target)}: could not be checked\n\n{code(reason)}\n"


def _sign(check: Check) -> str:
    worst = min(check.findings, key=lambda finding: finding.severity.rank, default=None)
    return MARKS[worst.severity] if worst else "✓"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


__all__ = ["LARGEST", "code", "prose", "render", "section"]
