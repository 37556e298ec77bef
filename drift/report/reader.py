"""Reads a report from a file that `--format json` wrote; the file is not trusted."""

from __future__ import annotations

from pathlib import Path

from drift.errors import UsageError
from drift.report.document import InvalidDocumentError, Wording, content
from drift.report.json_v1 import decode
from drift.report.report import Report

_WORDING = Wording(
    noun="drift report",
    directory="pass the reports in it",
    empty="the check that should have written it did not finish",
    utf16="save it as UTF-8, or write it with --output json=PATH",
)


def read(path: Path) -> Report:
    """Return the report that a file holds, as it was before it was written.

    Raises UsageError, which names the file and the field, if it holds anything else.
    """
    try:
        return decode(content(path, _WORDING))
    except InvalidDocumentError as problem:
        raise UsageError(f"{path}: {problem}") from None
