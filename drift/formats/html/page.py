"""The report as one page for people: it needs no other file, no network and no script."""

from __future__ import annotations

from drift import __version__
from drift.formats.html.head import head
from drift.formats.html.markup import element
from drift.formats.html.overview import banner, headline, outcome, toolbar
from drift.formats.html.space import Room
from drift.formats.html.targets import failure, target
from drift.formats.options import Options
from drift.model import Report


def render(report: Report, options: Options) -> str:
    """Return the page; the same report gives the same page."""
    failures = (failure(one, f"f{number}") for number, one in enumerate(report.failures, 1))
    room = Room()
    checks = (
        target(check, f"t{number}", options, room, alone=_alone(report))
        for number, check in enumerate(report.checks, 1)
    )
    body = element(
        "body",
        element("a", "Skip to the findings", href="#findings", class_="skip"),
        banner(report),
        toolbar(report),
        element("main", *failures, *checks, id="findings", tabindex=-1),
        element("footer", element("p", f"Made by drift {__version__}.")),
    )
    page = element("html", head(headline(report), outcome(report)), body, lang="en")
    return f"<!doctype html>\n{page}\n"


def _alone(report: Report) -> bool:
    return len(report.checks) + len(report.failures) == 1
