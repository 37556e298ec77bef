"""The reason of a failure, as text that may be published."""

from __future__ import annotations

import traceback
from pathlib import Path

from drift import redaction
from drift.errors import DriftError
from drift.formats.escape import inert, visible


def safe(text: str) -> str:
    """Return a message without secrets, and without characters that a terminal or CI obeys."""
    return "\n".join(inert(visible(line)) for line in redaction.known().message(text).split("\n"))


def reason(problem: BaseException) -> str:
    """Return the command's reason for reports: without the message of a foreign exception."""
    if isinstance(problem, DriftError):
        return problem.hint("-v prints it")
    system = isinstance(problem, OSError | MemoryError)
    return classified(problem, f"{type(problem).__name__}{'' if system else _line(problem)}")


def classified(problem: BaseException, text: str) -> str:
    """Add whether a problem is the operating system's, the models', or a bug in drift."""
    if isinstance(problem, OSError | MemoryError):
        system = getattr(problem, "strerror", None)
        text += f": {system}" if system and system not in text else ""
        return f"the operating system refused an operation: {text} (run again with -v for details)"
    if not isinstance(problem, Exception):
        return f"{text}, raised by code that the models import (run again with -v for details)"
    return f"internal error: {text} {_BUG}"


_BUG = "(this is a bug in drift; run again with -v for the details to report)"


def _line(problem: BaseException) -> str:
    """Return the last line of drift in the traceback; "" if there is none."""
    here = Path(__file__).parents[1]
    frames = traceback.extract_tb(problem.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(here)]
    if not ours:
        return ""
    return f" in drift/{Path(ours[-1].filename).relative_to(here)}:{ours[-1].lineno}"
