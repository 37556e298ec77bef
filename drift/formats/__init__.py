"""Formats: a report in, text out. A new format is one file here and one line in `FORMATS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from drift.formats.options import Options

if TYPE_CHECKING:
    from drift.report.report import Report

Format: TypeAlias = "Callable[[Report, Options], str]"

FORMATS: Mapping[str, str] = {
    "text": "drift.formats.text.report:render",
    "json": "drift.formats.json:render",
    "markdown": "drift.formats.markdown:render",
    "annotations": "drift.formats.annotations:render",
    "sarif": "drift.formats.sarif:render",
    "junit": "drift.formats.junit:render",
    "html": "drift.formats.html.page:render",
    "gitlab": "drift.formats.gitlab:render",
    "csv": "drift.formats.csv:render",
    "prometheus": "drift.formats.prometheus:render",
}
"""Names with the functions that render them, imported only when they are used."""

CONTINUED = frozenset({"prometheus"})
"""Formats that take values from the file that they replace, as `Options.previous`."""


def resolve(name: str) -> Format:
    """Return the function that renders a format; raise KeyError for an unknown name."""
    module, _, function = FORMATS[name].partition(":")
    render: Format = getattr(import_module(module), function)
    return render


__all__ = ["CONTINUED", "FORMATS", "Format", "Options", "resolve"]
