"""The input and the result of an adoption: subjects in, patches and tasks for a person out."""

from __future__ import annotations

import difflib
import re
from typing import Any

import msgspec

from drift.report.finding import Finding


class Subject(msgspec.Struct, frozen=True):
    """A finding with the structs of both sides; None: the side does not have the object."""

    finding: Finding
    kind: str
    declared: Any | None
    live: Any | None


class Patch(msgspec.Struct, frozen=True, kw_only=True):
    """The change of one file, whose name is relative to the root; texts keep their line endings.

    `findings` are the fingerprints of those that it closes.
    """

    file: str
    before: str
    after: str
    encoding: str = "utf-8"
    findings: tuple[str, ...] = ()

    @property
    def diff(self) -> str:
        """The change as `git apply` and `patch -p1` read it."""
        tab = "\t" if " " in self.file else ""
        lines = difflib.unified_diff(
            _lines(self.before), _lines(self.after), f"a/{self.file}{tab}", f"b/{self.file}{tab}"
        )
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )


class ByHand(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that no patch closes: the reason as a sentence, and the code to write, if any."""

    finding: str
    reason: str
    file: str = ""
    line: int = 0
    code: str = ""


class Adoption(msgspec.Struct, frozen=True):
    """The patches, one per file, and the findings that a person must adopt."""

    patches: tuple[Patch, ...] = ()
    by_hand: tuple[ByHand, ...] = ()


class NotAdoptedError(Exception):
    """A finding cannot be adopted by a patch; `code` is for a person to write."""

    def __init__(self, reason: str, code: str = "") -> None:
        """Take the reason, without a full stop."""
        super().__init__(reason)
        self.reason = reason
        self.code = code


def _lines(text: str) -> list[str]:
    """Return lines with their endings; unlike `splitlines`, only a newline ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
