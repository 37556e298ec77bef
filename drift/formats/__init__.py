"""Formats: a report in, text out. A new one is one file here and one line in `FORMATS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from drift.formats.options import Options
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
}
"""Names with the functions that render them, imported when they are used."""


def resolve(name: str) -> Format:
    """Return the function that renders a format; raise KeyError for an unknown name."""
    module, _, function = FORMATS[name].partition(":")
    found: Format = getattr(import_module(module), function)
    return found


def __getattr__(name: str) -> object:
    """Import the options when they are first asked for: the names alone are wanted more often."""
    if name != "Options":
        raise AttributeError(name)
    from drift.formats.options import Options

    return Options


__all__ = ["FORMATS", "Format", "Options", "resolve"]
