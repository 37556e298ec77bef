"""The state of a target that a receiver keeps between two runs, so that changes are known.

It is in the receiver itself, in a GitHub issue or a Slack message, so that no file has to outlive a
job. Those of every earlier version hold this format, so that it never changes.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable, Sequence

import msgspec

from drift.report.finding import Finding, fingerprint
from drift.report.report import Check

_LARGEST = 4_000_000


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
    """Return the key of a target: hexadecimal digits for any name."""
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


def is_uncertain(check: Check, before: State | None, now: State) -> bool:
    """Return whether a finding may only be missing because it could not be read this time."""
    if check.complete:
        return False
    if before is None or before.entries is None or now.entries is None:
        return True
    known = {entry.identity for entry in before.entries}
    return all(entry.identity in known for entry in now.entries)


def packed(entries: tuple[Entry, ...] | None, room: int) -> str:
    """Return the findings with rule and path if that fits, else without them, else `-`."""
    full = entries or ()
    for choice in (full, tuple(Entry(entry.identity) for entry in full)):
        data = msgspec.json.encode(_encodable(choice))
        text = base64.b64encode(zlib.compress(data, 9)).decode()
        if len(text) <= room:
            return text
    return "-"


def unpacked(text: str) -> tuple[Entry, ...] | None:
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
    # Without a history, and without causes, the hash stays as it was in earlier versions.
    return "\0".join((*parts, *filter(None, (finding.status, finding.cause))))


def _hash(texts: Iterable[str]) -> str:
    joined = "\n".join(sorted(texts))
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]
