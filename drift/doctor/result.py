"""The result of a probe: one line for one subject."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from drift.check.reasons import reason
from drift.errors import DriftError
from drift.output import terminal
from drift.process.exit_codes import COULD_NOT_CHECK

Status: TypeAlias = Literal["ok", "note", "warn", "FAIL"]


class Result(msgspec.Struct, frozen=True):
    """The state of a subject, as a sentence; `exit_code` is that of the command if it fails."""

    status: Status
    subject: str
    text: str
    exit_code: int = COULD_NOT_CHECK


def failed(subject: str, problem: DriftError, topic: str = "") -> Result:
    """Return the result of a problem; details that are secret go to standard error alone."""
    public = reason(problem)
    if (details := terminal.describe(problem)) != public:
        terminal.error(f"{subject}: {details}")
    text = public.removeprefix(f"{subject}: ")
    return Result("FAIL", subject, f"{topic}: {text}" if topic else text)
