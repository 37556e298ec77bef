"""The state that an issue keeps between two runs, in hidden comments at the top of its body.

Issues of every earlier version hold this format, so that it never changes.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterable, Sequence

import msgspec

from drift.report.finding import Finding, fingerprint
from drift.report.report import Check

ROOM = 16_000
"""Characters that the remembered findings may take of a body."""

_LARGEST = 4_000_000
_MARKER = re.compile(r"^<!-- drift:issue ([0-9a-f]{32}) -->[ \r]*$", re.MULTILINE)
_STATE = re.compile(
    r"^<!-- drift:state ([0-9a-f]{16}) ([0-9a-f]{16}) (\d{1,9}) ([A-Za-z0-9+/=]+|-) -->[ \r]*$",
    re.MULTILINE,
)


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A finding as it is remembered; without rule and path if there are too many of them."""

    identity: str
    rule: str = ""
    path: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """`findings` and `content` are hashes: of the fingerprints, and of the whole text.

    `revision` counts the changes; `entries` are None if they could not be remembered.
    """

    findings: str
    content: str
    revision: int
    entries: tuple[Entry, ...] | None


def key(target: str) -> str:
    """Return the key of a target's issue, whatever characters the name holds."""
    return hashlib.sha256(target.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def state(check: Check, revision: int = 1) -> State:
    """Return the state that a check found."""
    return State(
        findings=_hash(_fingerprint(check, finding) for finding in check.findings),
        content=_hash(_text(finding) for finding in check.findings),
        revision=revision,
        entries=tuple(
            Entry(_fingerprint(check, finding)[:8], finding.rule, finding.object.path)
            for finding in check.findings
        ),
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
        findings=match[1], content=match[2], revision=int(match[3]), entries=_unpacked(match[4])
    )


def written(target: str, now: State) -> str:
    """Return the lines for the top of a body: two comments, which GitHub does not show."""
    return (
        f"<!-- drift:issue {key(target)} -->\n"
        f"<!-- drift:state {now.findings} {now.content} {now.revision} {_packed(now.entries)} -->\n"
    )


def differences(before: State | None, now: State) -> tuple[Sequence[Entry], Sequence[Entry]] | None:
    """Return the new and the fixed findings; None if the earlier ones are not known."""
    if before is None or before.entries is None or now.entries is None:
        return None
    old = {entry.identity for entry in before.entries}
    new = {entry.identity for entry in now.entries}
    return (
        [entry for entry in now.entries if entry.identity not in old],
        [entry for entry in before.entries if entry.identity not in new],
    )


def _packed(entries: tuple[Entry, ...] | None) -> str:
    """Return the findings with rule and path, or without them, or `-`: whatever fits."""
    full = entries or ()
    for choice in (full, tuple(Entry(entry.identity) for entry in full)):
        data = msgspec.json.encode(_encodable(choice))
        text = base64.b64encode(zlib.compress(data, 9)).decode()
        if len(text) <= ROOM:
            return text
    return "-"


def _unpacked(text: str) -> tuple[Entry, ...] | None:
    """Return the findings; None for text that a person or another program has changed."""
    try:
        data = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), _LARGEST)
        return msgspec.json.decode(data, type=tuple[Entry, ...])
    except (ValueError, zlib.error):
        return None


def _encodable(entries: tuple[Entry, ...]) -> list[list[str]]:
    """Return the entries without lone surrogates, which UTF-8 cannot hold."""
    return [
        [text.encode("utf-8", "replace").decode() for text in msgspec.structs.astuple(entry)]
        for entry in entries
    ]


def _fingerprint(check: Check, finding: Finding) -> str:
    return finding.fingerprint or fingerprint(check.target, finding.rule, finding.object)


def _text(finding: Finding) -> str:
    parts = (finding.rule, finding.severity, finding.object.path, finding.message, finding.impact)
    age = (finding.status,) if finding.status else ()  # without a history, the hash stays as it was
    return "\0".join((*parts, *age))


def _hash(texts: Iterable[str]) -> str:
    joined = "\n".join(sorted(texts))
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]
