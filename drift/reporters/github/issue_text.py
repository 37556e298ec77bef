"""The text of an issue and its comments. Names from a database stand in code spans only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from drift.formats import Options
from drift.formats.ages import changes
from drift.formats.escape import visible
from drift.formats.markdown import code, section
from drift.formats.vocabulary import counts
from drift.report.report import Check
from drift.reporters.github.state import written
from drift.reporters.memory import Entry, State, differences, key

LARGEST = 60_000
"""Characters of a body or a comment; GitHub takes 65,536."""

_TITLE = 200
_LIST = 20_000
_FOOTER = (
    "\n---\n\n{run}This issue is kept by `drift`: it is updated when the differences change, and "
    "closed when none is left. Closed as *not planned*, it stays closed until they change.\n"
)
"""A paragraph is a single line, because GitHub shows every line break of an issue."""


def title(check: Check) -> str:
    """Return the issue's title."""
    target = " ".join(visible(check.target).split())
    shown = target if len(target) <= _TITLE else f"{target[: _TITLE - 1]}…"
    return f"Schema drift in {shown}: {counts(check.findings) or 'none'}"


def body(check: Check, now: State, options: Options, run: str) -> str:
    """Return the body: the state, the findings as far as they fit, and the footer."""
    head = written(check.target, now) + "\n"
    footer = _FOOTER.format(run=f"Found [in this run]({run}). " if run else "")
    if not check.findings:
        head += "Nothing differs any more.\n\n"
    room = LARGEST - units(head) - units(footer)
    text = section(check, options, limit=room, size=units, days=False)
    lines = text.rstrip().split("\n")
    middle = "\n".join(_fitting(lines, room - 1))
    return head + middle.encode("utf-8", "replace").decode() + "\n" + footer


def changed(check: Check, before: State | None, now: State, run: str) -> str:
    """Return the comment that lists the new and the fixed findings."""
    total = counts(check.findings)
    known = differences(before, now)
    if known is None:
        lines = [f"The differences have changed: {total or 'none is left'}{_link(run)}."]
    else:
        new, gone = known
        numbers = ((len(new), "new"), (len(gone), "gone"))
        change = ", ".join(f"**{count} {word}**" for count, word in numbers if count)
        left = f"now {total}" if total else "none is left"
        lines = [f"{change or 'As before'}; {left}{_link(run)}."]
        lines += [*_listed("New", new), *_listed("Gone", gone)]
    if sentence := changes(check, code):
        lines.insert(1, f"\nCompared with the last run: {sentence}.")
    return "\n".join([comment_marker(check.target, now), *lines, ""])


def still_there(check: Check, now: State, run: str) -> str:
    """Return the comment for an issue that was closed as completed although it is not."""
    return (
        f"{comment_marker(check.target, now)}\n"
        f"The differences are still there: {counts(check.findings)}{_link(run)}. "
        "To mute these findings, close this issue as *not planned*.\n"
    )


def comment_marker(target: str, now: State) -> str:
    """Return the line that identifies a comment, so that none is written twice."""
    return f"<!-- drift:comment {key(target)} {now.revision} {now.findings} -->"


def superseded(target: str, kept: int) -> tuple[str, str]:
    """Return the line that identifies the comment on a second issue, and the comment."""
    marker = f"<!-- drift:comment {key(target)} kept {kept} -->"
    return marker, f"{marker}\n`drift` keeps one issue per target; for this target it is #{kept}.\n"


def units(text: str) -> int:
    """Return the length in UTF-16, the longest of all ways to count: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _listed(heading: str, entries: Sequence[Entry]) -> Iterator[str]:
    named = sorted({(entry.rule, entry.path) for entry in entries if entry.rule})
    if not named:
        return
    yield from ("", f"{heading}:", "")
    lines = list(_fitting((f"- {code(rule)} {code(path)}" for rule, path in named), _LIST))
    yield from lines
    if len(lines) < len(named):
        yield f"- and {len(named) - len(lines)} more"


def _fitting(lines: Iterable[str], room: int) -> Iterator[str]:
    """Yield the first lines that fit completely."""
    for line in lines:
        room -= units(line) + 1
        if room < 0:
            return
        yield line


def _link(run: str) -> str:
    return f" ([run]({run}))" if run else ""
