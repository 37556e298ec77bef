"""Reads a report from a file that `--format json` wrote; the file is not trusted."""

from __future__ import annotations

from pathlib import Path

from drift.errors import UsageError
from drift.report.json_v1 import InvalidReportError, decode
from drift.report.report import Report

LARGEST = 256 << 20
"""Bytes of a report: one of 5,000 tables, all of them different, has a tenth of it."""

_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_UTF8_MARK, _UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


def read(path: Path) -> Report:
    """Return the report that a file holds, as it was before it was written.

    Raises UsageError, which names the file and the field, if it holds anything else.
    """
    try:
        return decode(_content(path))
    except InvalidReportError as problem:
        raise UsageError(f"{path}: {problem}") from None


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except IsADirectoryError:
        raise InvalidReportError("is a directory; pass the reports in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name is not a possible path"
        raise InvalidReportError(f"cannot be read: {reason}") from None
    if len(content) > LARGEST:
        raise InvalidReportError(f"is not a drift report: it is larger than {LARGEST >> 20} MiB")
    if content.startswith(_COMPRESSED):
        raise InvalidReportError("is compressed; unpack it first")
    if content.startswith(_UTF16_MARKS):
        raise InvalidReportError("is UTF-16; save it as UTF-8, or write it with --output json=PATH")
    if not content.strip():
        raise InvalidReportError("is empty; the check that should have written it did not finish")
    return content.removeprefix(_UTF8_MARK)
