"""The report as one JSON document, in a versioned shape of its own."""

from __future__ import annotations

import msgspec

from drift.formats.escape import visible_json
from drift.formats.options import Options
from drift.report.json_v1 import encode
from drift.report.report import Report


def render(report: Report, options: Options) -> str:
    """Return the document, indented, with a line break at its end."""
    return visible_json(msgspec.json.format(encode(report), indent=2).decode()) + "\n"
