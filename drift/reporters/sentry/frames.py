"""The models' source lines as the frames of a stack trace, the worst finding last."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from drift.formats.escape import visible
from drift.model import Location
from drift.report.finding import Finding
from drift.reporters.sentry.source import Lines, Source

_AROUND, _MOST_FRAMES, _WIDTH, _LARGEST = 5, 30, 240, 4_000_000


class Sources:
    """Reads the files of models, each once."""

    def __init__(self, folder: str, hide: Callable[[str], str], *, readable: bool) -> None:
        """Take the working directory's path in the repository, ending in a slash, or "".

        `hide` takes the run's secrets out of a text. Where the places come from outside, they are
        not `readable`: they could name any file.
        """
        self._folder = folder
        self._hide = hide
        self._readable = readable
        self._sources: dict[str, Source | None] = {}

    def frames(self, findings: Iterable[Finding]) -> list[dict[str, Any]]:
        """Return a frame for each place in the models; `findings` have the worst first."""
        found: dict[Location, Finding] = {}
        for finding in findings:
            if finding.location and len(found) < _MOST_FRAMES:
                found.setdefault(finding.location, finding)
        return [self._frame(place, one) for place, one in reversed(found.items())]

    def _frame(self, place: Location, finding: Finding) -> dict[str, Any]:
        frame = {
            "filename": visible(self._name(place.file)),
            "function": visible(f"{finding.object.path} ({finding.rule})")[:_WIDTH],
            "lineno": place.line,
            "in_app": True,
        }
        lines, at = self._declared(place), place.line
        if at in lines:
            before, after = range(max(1, at - _AROUND), at), range(at + 1, at + 1 + _AROUND)
            frame["pre_context"] = self._shown(lines, _from(before, lines))
            frame["context_line"] = self._shown(lines, [at])[0]
            frame["post_context"] = self._shown(lines, _from(after[::-1], lines)[::-1])
        return frame

    def _declared(self, place: Location) -> Lines:
        """Return the model's lines around a place; none where the file is not to be read."""
        if place.file not in self._sources:
            self._sources[place.file] = _parsed(place.file) if self._readable else None
        source = self._sources[place.file]
        return source.declaration(place.line) if source else {}

    def _shown(self, lines: Lines, numbers: Iterable[int]) -> list[str]:
        """Return lines by their numbers; what is not of the model is an empty line."""
        texts = (self._hide(lines.get(number, "")).expandtabs(4) for number in numbers)
        return [visible(text)[:_WIDTH] for text in texts]

    def _name(self, file: str) -> str:
        """Return the file's path in the repository; of a path outside of it, only the end."""
        path = PurePosixPath(Path(file).as_posix())
        if not path.is_absolute():
            return f"{self._folder}{path}"
        parts = path.parts[1:]
        if "site-packages" in parts:
            return "/".join(parts[parts.index("site-packages") + 1 :])
        return "/".join(parts[-2:])


def _from(numbers: Sequence[int], lines: Lines) -> Sequence[int]:
    """Return the numbers from the first on that is a line of the model's."""
    first = next((place for place, number in enumerate(numbers) if number in lines), len(numbers))
    return numbers[first:]


def _parsed(file: str) -> Source | None:
    """Return what a file declares; None where it is none of the models', or cannot be read."""
    if not _is_source(file):
        return None
    try:
        with Path(file).open(encoding="utf-8-sig", errors="replace") as source:
            return Source(source.read(_LARGEST))
    except (OSError, ValueError):
        return None


def _is_source(file: str) -> bool:
    """Tell a model's own file from any other."""
    path = Path(file)
    try:
        if path.suffix != ".py" or not path.is_file():
            return False
        if path.resolve().is_relative_to(Path.cwd().resolve()):
            return True
    except (OSError, ValueError):
        return False
    return file in {getattr(module, "__file__", None) for module in list(sys.modules.values())}
