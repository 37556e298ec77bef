"""One target of the run: what was compared with what, what differs, and the picture of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from drift.formats.html.findings import Section, Table, cut, section
from drift.formats.html.markup import Markup, element, plural
from drift.formats.html.space import Room
from drift.formats.html.svg import figure
from drift.formats.html.words import levels, place, state, verdict
from drift.formats.options import Options
from drift.formats.vocabulary import INCOMPLETE, timing
from drift.model import Severity
from drift.report.finding import Finding, Ignored
from drift.report.report import Check, Failure

MANY = 60
"""Tables in a page from which on a browser may lay out only what is near its window."""


def failure(failed: Failure, id_: str) -> Markup:
    """Return the section of a target that could not be checked."""
    return element(
        "section",
        element("h2", failed.target, id=f"{id_}-name"),
        element("p", element("b", "Could not be checked: "), failed.reason),
        class_="target failure",
        id=id_,
        aria_labelledby=f"{id_}-name",
    )


def target(check: Check, id_: str, options: Options, room: Room, *, alone: bool) -> Markup:
    """Return the section of one check; a lone one's title is the page's."""
    tables = list(_tables(check, id_))
    sections = list(_sections(tables, room, options))
    counts = {one.name: levels(one.findings) for one in tables if not one.kind}
    anchors = {one.name: one.id for one in tables[: len(sections)] if not one.kind}
    title = element("h2", check.target, id=f"{id_}-name", class_="sr" if alone else None)
    return element(
        "section",
        title,
        *([] if alone else [_state(check), facts(check)]),
        *_remarks(check),
        *_left_out(tables, sections),
        _contents(sections),
        figure(check.drawings, counts, anchors, f"{id_}-keys"),
        *(section.content for section in sections),
        _ignored(check, room),
        class_="target many" if len(sections) > MANY else "target",
        id=id_,
        aria_labelledby=f"{id_}-name",
    )


def _state(check: Check) -> Markup:
    return element("p", verdict(check), class_=f"verdict {state(check)}")


def facts(check: Check) -> Markup:
    """Return what was compared with what."""
    database = check.database
    compared = [plural(n, kind.removesuffix("s")) for kind, n in check.compared.items()]
    where = database.host or "a local socket"
    pairs: dict[str, tuple[str | Markup, ...]] = {
        "Models": (f"{check.expected_source} ", element("code", check.expected_name)),
        "Database": (element("code", database.name), " on ", element("code", where)),
        "Role": (element("code", database.role),),
        "PostgreSQL": (database.server_version,),
        "Compared": (" and ".join(compared) or "nothing",),
    }
    if when := timing(check):
        pairs["Checked"] = (when,)
    return element(
        "dl",
        *(
            element("div", element("dt", name), element("dd", *words))
            for name, words in pairs.items()
        ),
        class_="facts",
    )


def _remarks(check: Check) -> Iterator[Markup]:
    remarks = list(check.notes)
    if not check.complete:
        remarks.insert(0, f"{INCOMPLETE.capitalize()}: not everything could be read or compared.")
    if check.not_compared:
        kinds = (plural(count, kind) for kind, count in check.not_compared.items())
        remarks.append(f"Not compared: {', '.join(kinds)}.")
    if remarks:
        yield element("ul", *(element("li", one) for one in remarks), class_="remarks")


def _tables(check: Check, id_: str) -> Iterator[Table]:
    """Yield what there are findings about, with the most errors first."""
    found: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in check.findings:
        kind = "" if finding.object.table else finding.object.kind.replace("-", " ")
        found[place(finding), kind].append(finding)
    drawings = {drawing.path: drawing for drawing in check.drawings}
    ordered = sorted(found.items(), key=lambda item: (_weight(item[1]), item[0]))
    for number, ((name, kind), findings) in enumerate(ordered, 1):
        yield Table(
            id=f"{id_}-{number}",
            name=name,
            kind=kind,
            findings=tuple(findings),
            drawing=None if kind else drawings.get(name),
        )


def _weight(findings: Iterable[Finding]) -> list[int]:
    counts = levels(findings)
    return [-counts[level] for level in Severity]


def _sections(tables: Sequence[Table], room: Room, options: Options) -> Iterator[Section]:
    """Yield the sections of the tables up to the first that is not there as a whole."""
    drawn = any(one.drawing for one in tables)
    for one in tables:
        made = section(one, room, options, drawn=drawn)
        if made is None:
            return
        yield made
        if made.findings < len(one.findings):
            return


def _left_out(tables: Sequence[Table], sections: Sequence[Section]) -> Iterator[Markup]:
    """Yield what is said where findings are not on the page."""
    everything = sum(len(one.findings) for one in tables)
    listed = sum(one.findings for one in sections)
    if listed < everything:
        yield cut(
            f"{listed:,} of {plural(everything, 'finding')} are on this page, those of the tables "
            "with the most errors first; the JSON report has all of them."
        )


def _contents(sections: Sequence[Section]) -> Markup:
    """Return links to the sections of the tables."""
    if len(sections) < 2:
        return Markup()
    links = element("ul", *(section.link for section in sections))
    return element("nav", links, class_="contents", aria_label="Tables")


def _ignored(check: Check, room: Room) -> Markup:
    """Return what the configuration ignores, folded."""
    if not check.ignored:
        return Markup()
    summary = f"{plural(len(check.ignored), 'difference')} ignored by the configuration"
    some = list(room.findings.fill(map(_ignored_finding, check.ignored)))
    left_out = len(check.ignored) - len(some)
    rest = [cut(f"{left_out:,} more would make the page too large.")] if left_out else []
    listed = element("ul", *some)
    return element("details", element("summary", summary), listed, *rest, class_="ignored")


def _ignored_finding(one: Ignored) -> Markup:
    return element(
        "li",
        element("code", place(one.finding)),
        " ",
        element("code", one.finding.rule),
        f" {one.finding.message}",
        element("p", element("b", "Reason: "), one.reason, class_="impact"),
    )
