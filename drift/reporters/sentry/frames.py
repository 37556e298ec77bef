"""The models' source lines as the frames of a stack trace, the worst finding last."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from drift.formats.escape import visible
from drift.model import Location
from drift.report.finding import Finding
from drift.reporters.sentry.source_lines import Lines, SourceFile

_AROUND, _MOST_FRAMES, _WIDTH, _LARGEST = 5, 30, 240, 4_000_000


class ModelFrames:
    """Reads the files of models, each once.

    `folder` is the working directory's path in the repository, ending in a slash, or "". `hide`
    takes the run's secrets out of a text. Locations that come from outside could name any file,
    so that they are not `readable`.
    """

    def __init__(self, folder: str, hide: Callable[[str], str], *, readable: bool) -> None:
        self._folder = folder
        self._hide = hide
        self._readable = readable
        self._files: dict[str, SourceFile | None] = {}

    def of(self, findings: Iterable[Finding]) -> list[dict[str, Any]]:
        """Return a frame per location; `findings` have the worst first."""
        located: dict[Location, Finding] = {}
        for finding in findings:
            if finding.location and len(located) < _MOST_FRAMES:
                located.setdefault(finding.location, finding)
        return [self._frame(location, finding) for location, finding in reversed(located.items())]

    def _frame(self, location: Location, finding: Finding) -> dict[str, Any]:
        frame = {
            "filename": visible(self._repository_path(location.file)),
            "function": visible(f"{finding.object.path} ({finding.rule})")[:_WIDTH],
            "lineno": location.line,
            "in_app": True,
        }
        lines, at = self._declaration(location), location.line
        if at in lines:
            before, after = range(max(1, at - _AROUND), at), range(at + 1, at + 1 + _AROUND)
            frame["pre_context"] = self._shown(lines, _from_first(before, lines))
            frame["context_line"] = self._shown(lines, [at])[0]
            frame["post_context"] = self._shown(lines, _from_first(after[::-1], lines)[::-1])
        return frame

    def _declaration(self, location: Location) -> Lines:
        """Return the model's lines around a location; none if the file must not be read."""
        if location.file not in self._files:
            self._files[location.file] = _parsed(location.file) if self._readable else None
        source = self._files[location.file]
        return source.declaration(location.line) if source else {}

    def _shown(self, lines: Lines, numbers: Iterable[int]) -> list[str]:
        """Return lines by their numbers; a line that is not the model's is empty."""
        texts = (self._hide(lines.get(number, "")).expandtabs(4) for number in numbers)
        return [visible(text)[:_WIDTH] for text in texts]

    def _repository_path(self, file: str) -> str:
        """Return the file's path in the repository; of a path outside of it, only the end."""
        path = PurePosixPath(Path(file).as_posix())
        if not path.is_absolute():
            return f"{self._folder}{path}"
        parts = path.parts[1:]
        if "site-packages" in parts:
            return "/".join(parts[parts.index("site-packages") + 1 :])
        return "/".join(parts[-2:])


def _from_first(numbers: Sequence[int], lines: Lines) -> Sequence[int]:
    """Return the numbers from the first one on that is a line of the model's."""
    first = next((index for index, number in enumerate(numbers) if number in lines), len(numbers))
    return numbers[first:]


def _parsed(file: str) -> SourceFile | None:
    """Return a model's file; None if it is not one, or cannot be read."""
    if not _is_model_file(file):
        return None
    try:
        with Path(file).open(encoding="utf-8-sig", errors="replace") as source:
            return SourceFile(source.read(_LARGEST))
    except (OSError, ValueError):
        return None


def _is_model_file(file: str) -> bool:
    """Return whether a file is Python below the working directory, or of an imported module."""
    path = Path(file)
    try:
        if path.suffix != ".py" or not path.is_file():
            return False
        if path.resolve().is_relative_to(Path.cwd().resolve()):
            return True
    except (OSError, ValueError):
        return False
    return file in {getattr(module, "__file__", None) for module in list(sys.modules.values())}
