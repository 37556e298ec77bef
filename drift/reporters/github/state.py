"""The state that an issue keeps between two runs, in hidden comments at the top of its body."""

from __future__ import annotations

import re

from drift.reporters.memory import State, key, packed, unpacked

ROOM = 16_000
"""Characters that the remembered findings may take of a body."""

_MARKER = re.compile(r"^<!-- drift:issue ([0-9a-f]{32}) -->[ \r]*$", re.MULTILINE)
_STATE = re.compile(
    r"^<!-- drift:state ([0-9a-f]{16}) ([0-9a-f]{16}) (\d{1,9}) ([A-Za-z0-9+/=]+|-) -->[ \r]*$",
    re.MULTILINE,
)


def marked(body: str | None) -> str | None:
    """Return the key of the target whose issue this is; None without a marker."""
    marker = _MARKER.search(body or "")
    return marker[1] if marker else None


def unmarked(body: str) -> str:
    """Return the body without its marker: the issue of no target any more."""
    return _MARKER.sub("", body).lstrip()


def read(body: str | None) -> State | None:
    """Return the state that an issue holds; None if a person has removed it."""
    match = _STATE.search(body or "")
    if not match:
        return None
    return State(
        findings=match[1], content=match[2], revision=int(match[3]), entries=unpacked(match[4])
    )


def written(target: str, now: State) -> str:
    """Return the lines for the top of a body: two comments, which GitHub does not show."""
    entries = packed(now.entries, ROOM)
    return (
        f"<!-- drift:issue {key(target)} -->\n"
        f"<!-- drift:state {now.findings} {now.content} {now.revision} {entries} -->\n"
    )
