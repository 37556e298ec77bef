"""The shape of a finding in version 1 of the report's JSON document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from drift.model import Severity
from drift.report.shape_values import Count, Facts, Line, Moment, Strings, Word


class ObjectName(msgspec.Struct, kw_only=True):
    """The name of the object that a finding is about."""

    kind: Annotated[Word, Meta(description="Such as `table`, `column` or `foreign-key`.")]
    schema: str
    table: Annotated[
        str | None, Meta(description="The table that it belongs to; null for a type or a sequence.")
    ]
    name: str


class Location(msgspec.Struct, kw_only=True):
    """The line on which a model declares an object."""

    file: str
    line: Line


class Fix(msgspec.Struct, kw_only=True):
    """The first step that closes a finding."""

    summary: Annotated[str, Meta(description="A sentence for people.")]
    command: Annotated[
        str, Meta(description="Such as `drift plan production --finding 0123456789abcdef`.")
    ]


class Finding(msgspec.Struct, kw_only=True):
    """One difference."""

    rule: Annotated[Word, Meta(description="The rule's id, as in `drift rules`.")]
    severity: Severity
    object: ObjectName
    expected: Facts = None
    actual: Facts = None
    changes: Annotated[
        dict[str, tuple[Any, Any]],
        Meta(
            description="Each fact that differs, with the expected value and the actual one. "
            "A dot leads into an object: `identity.start`. A list is shown as a whole."
        ),
    ] = {}
    message: Annotated[str, Meta(description="One sentence that names the object and both sides.")]
    detail: Annotated[str, Meta(description="The message without the object's name.")] = ""
    impact: Annotated[str, Meta(description="What the difference breaks.")]
    location: Location | None = None
    fingerprint: Annotated[
        str,
        Meta(
            pattern=r"\A([0-9a-f]{16})?\Z",
            description="Identifies the finding from one run to the next.",
        ),
    ] = ""
    schemas: Annotated[
        Strings,
        Meta(description="The schemas in which it differs, if the object's schema is a pattern."),
    ] = ()
    cause: Annotated[
        str,
        Meta(
            pattern=r"\A([a-z][a-z-]{0,62})?\Z",
            description="Why it differs, such as `pending-migration`; empty if that is not known.",
        ),
    ] = ""
    evidence: Annotated[str, Meta(description="A sentence that proves the cause.")] = ""
    revision: Annotated[
        str, Meta(description="The migration that the cause names; empty if it names none.")
    ] = ""
    status: Annotated[
        Literal["", "new", "back", "still", "ignored"],
        Meta(description="Compared with earlier runs; empty without a history."),
    ] = ""
    first_seen: Annotated[
        Moment, Meta(description="The first run that reported it; null without a history.")
    ] = None
    since: Annotated[
        Moment, Meta(description="The run from which on it was there, or was ignored.")
    ] = None
    days: Annotated[Count | None, Meta(description="The whole days since then.")] = None
    fix: Annotated[Fix | None, Meta(description="How to close it; null if no command does.")] = None


class IgnoredFinding(Finding, kw_only=True):
    """A difference that an ignore entry or a hook of env.py excludes."""

    reason: Annotated[str, Meta(description="The reason of the ignore entry, or the hook.")]
    declared_at: Annotated[
        str, Meta(description="The file and line of that entry or hook; empty if the rule is off.")
    ] = ""
    hook: Annotated[str, Meta(description="The hook, such as include_object; or empty.")] = ""
