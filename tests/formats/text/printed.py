"""How tests render the text report."""

from __future__ import annotations

import re

from drift.formats import Options, resolve
from drift.report.report import Report

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def text(report: Report, **options: object) -> str:
    return resolve("text")(report, Options(**options))  # type: ignore[arg-type]
