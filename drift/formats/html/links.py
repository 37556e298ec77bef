"""Links to the models' lines in the repository."""

from __future__ import annotations

from drift.formats import source_links
from drift.formats.html.markup import Markup, element
from drift.formats.options import Options
from drift.model import Location


def place_link(place: Location | None, file: str, options: Options) -> Markup:
    """Return a place in the code, as a link where the repository is known; `file` stands above."""
    if place is None:
        return Markup()
    whole = f"{place.file}:{place.line}"
    words = f"line {place.line}" if place.file == file else element("code", whole)
    url = source_links.url(place, options)
    if not url:
        return element("span", words, class_="place")
    return element("a", words, href=url, class_="place", rel="noreferrer", title=whole)
