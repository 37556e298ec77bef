"""The models' source lines as the frames of a stack trace, the worst finding last."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from drift.formats.escape import visible
from drift.model import Finding, Location

_AROUND, _MOST_FRAMES, _WIDTH, _LARGEST = 5, 30, 240, 4_000_000


class Sources:
    """Reads the files of models, each once."""

    def __init__(self, folder: str) -> None:
        """Take the working directory's path in the repository, ending in a slash, or ""."""
        self._folder = folder
        self._lines: dict[str, list[str]] = {}

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
        lines, at = self._read(place.file), place.line - 1
        if 0 <= at < len(lines):
            frame["pre_context"] = _shown(lines[max(0, at - _AROUND) : at])
            frame["context_line"] = _shown([lines[at]])[0]
            frame["post_context"] = _shown(lines[at + 1 : at + 1 + _AROUND])
        return frame

    def _name(self, file: str) -> str:
        """Return the file's path in the repository; of a path outside of it, only the end."""
        path = PurePosixPath(Path(file).as_posix())
        if not path.is_absolute():
            return f"{self._folder}{path}"
        parts = path.parts[1:]
        if "site-packages" in parts:
            return "/".join(parts[parts.index("site-packages") + 1 :])
        return "/".join(parts[-2:])

    def _read(self, file: str) -> list[str]:
        """Return the lines of a file; none where it cannot be read."""
        if file not in self._lines:
            self._lines[file] = []
            if not _is_source(file):
                return []
            try:
                with Path(file).open(encoding="utf-8-sig", errors="replace") as source:
                    self._lines[file] = source.read(_LARGEST).split("\n")
            except (OSError, ValueError):
                self._lines[file] = []
        return self._lines[file]


def _is_source(file: str) -> bool:
    """Tell a model's own file from any other: a merged report may name whatever it likes."""
    path = Path(file)
    try:
        if path.suffix != ".py" or not path.is_file():
            return False
        if path.resolve().is_relative_to(Path.cwd().resolve()):
            return True
    except (OSError, ValueError):
        return False
    return file in {getattr(module, "__file__", None) for module in list(sys.modules.values())}


def _shown(lines: list[str]) -> list[str]:
    return [visible(line.expandtabs(4))[:_WIDTH] for line in lines]
