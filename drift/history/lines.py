"""The lines of a history file: a header, then one line per run, which holds its changes.

A finding is written when it appears, when it is gone or ignored, and when its severity or cause
changes, so that a run without changes is a short line, however many findings there are. As a run
is one line, a line that was cut off by a loss of power leaves no half of a run behind.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from drift.model import Severity
from drift.report.shape_values import Count, Word

VERSION = 1
Status: TypeAlias = Literal["open", "ignored", "gone"]
OPEN: Status = "open"
IGNORED: Status = "ignored"
GONE: Status = "gone"
Moment: TypeAlias = Annotated[datetime.datetime, Meta(tz=True)]


class InvalidLineError(Exception):
    """A line is not one of a history; the message is the reason."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line."""

    drift: Literal["history"]
    version: Annotated[int, Meta(ge=1, le=1_000_000)]


class Event(msgspec.Struct, frozen=True, array_like=True):
    """One change of a finding; `gone` needs no more than its fingerprint."""

    status: Status
    fingerprint: Annotated[str, Meta(pattern=r"\A[0-9a-f]{16}\Z")]
    rule: Word | Literal[""] = ""
    path: str = ""
    severity: Severity | None = None
    cause: Annotated[str, Meta(pattern=r"\A([a-z][a-z-]{0,62})?\Z")] = ""

    @property
    def is_whole(self) -> bool:
        """Whether it has the fields that its status needs."""
        return self.status == GONE or bool(self.rule and self.severity)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run: how many targets it checked and failed to check, and the changes.

    `counts` are the errors, warnings and infos of all its targets; `targets` are those that it
    checked for the first time, `events` the changes by target.
    """

    at: Moment
    checked: Count = 0
    failed: Count = 0
    counts: tuple[Count, Count, Count] = (0, 0, 0)
    targets: tuple[str, ...] = ()
    events: Mapping[str, tuple[Event, ...]] = {}


_HEADER = msgspec.json.Decoder(Header)
_RUN = msgspec.json.Decoder(Run)


def header() -> bytes:
    """Return the first line of a new file."""
    return _line({"drift": "history", "version": VERSION})


def encoded(run: Run) -> bytes:
    """Return the line of a run."""
    events = {
        _encodable(target): [_array(event) for event in events]
        for target, events in run.events.items()
    }
    fields: dict[str, Any] = {
        "at": run.at,
        "checked": run.checked,
        "failed": run.failed,
        "counts": run.counts,
        "targets": [_encodable(target) for target in run.targets],
        "events": events,
    }
    return _line({name: value for name, value in fields.items() if value})


def check_header(line: bytes) -> None:
    """Raise InvalidLineError if the first line is not that of a history, or of a newer one."""
    try:
        version = _HEADER.decode(line).version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidLineError("is not a history that drift wrote; name another file") from None
    if version > VERSION:
        raise InvalidLineError(
            f"was written by a newer drift (version {version} of the history, known is "
            f"{VERSION}); upgrade drift"
        )


def decoded(line: bytes) -> Run:
    """Return the run of a line. Raises InvalidLineError."""
    try:
        run = _RUN.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError):
        raise InvalidLineError("is damaged") from None
    if not all(event.is_whole for events in run.events.values() for event in events):
        raise InvalidLineError("is damaged: a finding has no rule or no severity")
    try:
        return msgspec.structs.replace(run, at=run.at.astimezone(datetime.UTC))
    except OverflowError:
        raise InvalidLineError("is damaged: its time is out of range") from None


def _array(event: Event) -> list[Any]:
    if event.status == GONE:
        return [event.status, event.fingerprint]
    fields = [event.status, event.fingerprint, event.rule, _encodable(event.path), event.severity]
    return [*fields, event.cause] if event.cause else fields


def _line(fields: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(fields) + b"\n"


def _encodable(text: str) -> str:
    """Return a text without lone surrogates, which UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()
