"""The values that the fields of a report's JSON document have in common."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, TypeAlias

from msgspec import Meta

Word: TypeAlias = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9 _-]{0,62}\Z")]
Argument: TypeAlias = Annotated[str, Meta(pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z")]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]
Line: TypeAlias = Annotated[int, Meta(ge=0, le=2**31 - 1, description="The line, from 1.")]
Cells: TypeAlias = dict[Word, str]
Strings: TypeAlias = tuple[str, ...]
Facts: TypeAlias = Annotated[
    dict[str, Any] | None,
    Meta(description="The object's facts on this side; null if this side does not have it."),
]
StartedAt: TypeAlias = Annotated[
    Annotated[datetime.datetime, Meta(tz=True)] | None, Meta(description="When it began, in UTC.")
]
Moment: TypeAlias = Annotated[datetime.datetime, Meta(tz=True)] | None
Duration: TypeAlias = Annotated[
    Annotated[float, Meta(ge=0, le=10**9)] | None,
    Meta(description="How long it took, in seconds."),
]
Target: TypeAlias = Annotated[str, Meta(description="The target's name in the configuration.")]
