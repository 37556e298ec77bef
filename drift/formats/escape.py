"""Untrusted text made harmless: what a terminal would obey is shown in place of obeyed."""

import re

_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    """Return text with control, direction and zero-width characters as `\\x1b` or `\\u202e`."""
    return _OBEYED.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
