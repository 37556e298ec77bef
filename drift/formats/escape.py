"""Untrusted text made harmless: characters that a terminal or a CI log would obey are shown."""

import re

from drift.lazy_regex import lazy_regex

_INVISIBLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
"""Characters that PostgreSQL stores, but that XML and HTML forbid."""

_LOG_COMMAND = r"(?<=#)#(?=\[|vso\[)"
_OBEYED = lazy_regex(
    f"[\x00-\x1f\x7f-\x9f\ud800-\udfff{_INVISIBLE}{_NONCHARACTERS}]|{_LOG_COMMAND}"
)
_LINE_COMMAND = lazy_regex(r"^(\s*?) {0,3}::(?=.*::)")


def visible(text: str) -> str:
    """Return text with control, direction and invisible characters as `\\x1b` or `\\u202e`."""
    return text if _is_plain(text) else _OBEYED.sub(_shown, text)


def visible_json(document: str) -> str:
    """Return an equal JSON document, indented, with those characters as JSON escapes."""
    if _is_plain(document.replace("\n", " ")):
        return document
    return "\n".join(
        line if _is_plain(line) else _OBEYED.sub(_shown_in_json, line)
        for line in document.split("\n")
    )


def _is_plain(text: str) -> bool:
    """Return whether a text surely has none of those characters: most have none."""
    return text.isascii() and text.isprintable() and "##" not in text


def inert(line: str) -> str:
    """Return a line that no CI runner takes for a `::command::`, wherever the text was wrapped.

    The escape is longer than the colon, so up to three spaces of the indent, which runners skip,
    make room for it.
    """
    return _LINE_COMMAND.sub(r"\1\\x3a:", line)


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _shown_in_json(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
