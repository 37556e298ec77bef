"""Reads a JSON document that drift wrote to a file; the file is not trusted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from drift.lazy_regex import lazy_regex

LARGEST = 256 << 20
"""Bytes of a document: a report of 5,000 tables, all of them different, has a tenth of it."""

MOST_VALUES = 12_000_000
"""Values in a document; a file of brackets alone would fill the memory a hundred times its size."""

_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_UTF8_MARK, _UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")

T = TypeVar("T")


class InvalidDocumentError(Exception):
    """The file holds another document; the message names the field and the reason."""


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """The words of errors about one kind of document: its noun, and what to do in some cases."""

    noun: str
    directory: str
    empty: str
    utf16: str


def content(path: Path, words: Wording) -> bytes:
    """Return the content of a file, if it can be such a document. Raises InvalidDocumentError."""
    data = _read(path, words)
    if len(data) > LARGEST:
        raise InvalidDocumentError(f"is not a {words.noun}: it is larger than {LARGEST >> 20} MiB")
    if data.startswith(_COMPRESSED):
        raise InvalidDocumentError("is compressed; unpack it first")
    if data.startswith(_UTF16_MARKS):
        raise InvalidDocumentError(f"is UTF-16; {words.utf16}")
    if not data.strip():
        raise InvalidDocumentError(f"is empty; {words.empty}")
    return data.removeprefix(_UTF8_MARK)


def _read(path: Path, words: Wording) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except IsADirectoryError:
        raise InvalidDocumentError(f"is a directory; {words.directory}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name is not a possible path"
        raise InvalidDocumentError(f"cannot be read: {reason}") from None


def require_few_values(data: bytes, noun: str) -> None:
    """Raise InvalidDocumentError if a document holds more values than drift ever writes."""
    if sum(data.count(byte) for byte in (b",", b"[", b"{")) > MOST_VALUES:
        raise InvalidDocumentError(f"is not a {noun}: it holds more than {MOST_VALUES:,} values")


def decoded(data: bytes, decoder: msgspec.json.Decoder[T], prefix: str = "") -> T:
    """Return the content of a document; `prefix` begins the message about a field that is wrong."""
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        raise InvalidDocumentError(prefix + _reason(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidDocumentError(f"is not valid JSON: {_shortened(str(error))}") from None
    except RecursionError:
        raise InvalidDocumentError("is nested too deeply") from None


_PROBLEM = lazy_regex(r"(?P<reason>.*) - at (?:`key` in )?`\$\.?(?P<path>[^`]*)`", re.DOTALL)


def _reason(problem: str) -> str:
    """Turn `Expected … - at `$.checks[0].target`` around: the path first."""
    match = _PROBLEM.fullmatch(problem)
    if match is None:
        return _shortened(problem)
    reason = match["reason"]
    if "matching regex" in reason:
        reason = "is not a value that drift writes"
    return f"{_shortened(match['path'])}: {_shortened(reason)}"


def _shortened(text: Any) -> str:
    shown = " ".join(str(text).split())
    return shown if len(shown) <= 200 else f"{shown[:200]}…"
