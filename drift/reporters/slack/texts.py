"""The message about a target, and the reply about a change, as Block Kit's blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from drift.formats import Options, source_links
from drift.formats.ages import age, changes
from drift.formats.vocabulary import (
    INCOMPLETE,
    MARKS,
    by_table,
    cause_of,
    compared,
    counts,
    plural,
    sides,
    table_of,
)
from drift.report.finding import Finding
from drift.report.report import Check
from drift.reporters.memory import Entry, State, differences
from drift.reporters.slack import rich_text
from drift.reporters.slack.rich_text import Inline, Json

LARGEST = 11_000
"""Bytes of all blocks: Slack rejects a message of more than about 13,000."""

_LINE, _TABLE, _LISTED = 400, 2800, 20
"""Characters of a finding and of a table, and the findings that a reply names."""

_MOST_TABLES = rich_text.BLOCKS - 5


class Text(msgspec.Struct, frozen=True):
    """A message: its blocks, and the words of its notification."""

    words: str
    blocks: list[Json]


def message(check: Check, options: Options, run: str) -> Text:
    """Return the message about a target, as far as its findings fit."""
    title = headline(check)
    blocks = [rich_text.header(title), rich_text.context(*_about(check))]
    footer = [rich_text.table([rich_text.link(run, "the run that found this")], [])] if run else []
    room = LARGEST - _bytes([*blocks, *footer]) - 300
    shown = 0
    for findings in list(by_table(check.findings))[:_MOST_TABLES]:
        block, count = _table(findings, options, room)
        if not count:
            break
        room -= _bytes([block])
        shown += count
        blocks.append(block)
    if rest := len(check.findings) - shown:
        blocks.append(rich_text.context(f"and {rest:,} more: the report of the run has them all"))
    return Text(title, [*blocks, *footer])


def headline(check: Check) -> str:
    """Return the title of a target's message; the numbers come first, because names are long."""
    if not check.findings:
        state = "In sync" if check.complete else f"In sync, {INCOMPLETE}"
        return f"{state}: {check.target}"
    return f"Schema drift: {counts(check.findings)} in {check.target}"


def reply(check: Check, before: State | None, now: State, run: str) -> Text:
    """Return the reply that names the new and the fixed findings."""
    total = counts(check.findings)
    known = differences(before, now)
    if known is None:
        words = f"The differences have changed: {total or 'nothing differs any more'}"
        lists: list[tuple[str, Sequence[Entry]]] = []
    else:
        lists = [("new", known[0]), ("gone", known[1])]
        numbers = ", ".join(f"{len(items):,} {word}" for word, items in lists if items)
        words = f"{numbers or 'As before'}; {f'now {total}' if total else 'nothing differs now'}"
    blocks = [
        rich_text.table([rich_text.text(word.capitalize(), bold=True)], _listed(items))
        for word, items in lists
        if any(entry.rule for entry in items)
    ]
    title: Inline = [rich_text.text(words, bold=True)]
    if run:
        title += [rich_text.text(" · "), rich_text.link(run, "run")]
    return Text(f"{check.target}: {words}", [rich_text.table(title, []), *blocks])


def _about(check: Check) -> Iterator[str]:
    """Yield the sentences about the whole check."""
    yield " · ".join(description for _, description in sides(check))
    if check.compared:
        yield f"{compared(check)} compared"
    if check.cause_summary:
        yield check.cause_summary
    if check.hint:
        yield f"hint: {check.hint}"
    if check.changes and (sentence := changes(check)):
        yield f"{check.changes.at:%Y-%m-%d}: {sentence}"
    if not check.complete:
        yield f"{INCOMPLETE}: not everything could be read or compared"


def _table(findings: Sequence[Finding], options: Options, room: int) -> tuple[Json, int]:
    """Return the block of a table, and how many of its findings fit into `room` bytes."""
    title = [rich_text.text(f"{rich_text.cut(table_of(findings[0]), 200)}  ", bold=True)]
    title.append(rich_text.text(counts(findings)))
    items: list[Inline] = []
    characters = rich_text.length(title)
    for finding in findings:
        item = _finding(finding, options)
        characters += rich_text.length(item)
        if characters > _TABLE or _bytes([rich_text.table(title, [*items, item])]) > room:
            break
        items.append(item)
    return rich_text.table(title, items), len(items)


def _finding(finding: Finding, options: Options) -> Inline:
    line: Inline = [
        rich_text.text(f"{MARKS[finding.severity]} "),
        rich_text.code(rich_text.cut(finding.rule, 80)),
        rich_text.text(f" {rich_text.cut(finding.message, _LINE)}"),
    ]
    more = [f"cause: {cause}" if (cause := cause_of(finding)) else "", age(finding, days=False)]
    if known := "; ".join(filter(None, more)):
        line.append(rich_text.text(f" ({rich_text.cut(known, _LINE)})"))
    if (location := finding.location) and (url := source_links.url(location, options)):
        line += [rich_text.text(" "), rich_text.link(url, f"{location.file}:{location.line}"[-80:])]
    return line


def _listed(entries: Sequence[Entry]) -> list[Inline]:
    named = sorted({(entry.rule, entry.path) for entry in entries if entry.rule})
    lines: list[Inline] = [
        [rich_text.code(rich_text.cut(rule, 80)), rich_text.text(f" {rich_text.cut(path, 200)}")]
        for rule, path in named[:_LISTED]
    ]
    if len(named) > _LISTED:
        lines.append([rich_text.text(f"and {plural(len(named) - _LISTED, 'other')}")])
    return lines


def _bytes(blocks: Sequence[Json]) -> int:
    return len(msgspec.json.encode(blocks))
