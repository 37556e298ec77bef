"""Finds the line on which a module binds a name, for objects that keep no line themselves."""

from __future__ import annotations

import re
from pathlib import Path

from drift.model import Location
from drift.sources.models.own_code import display_path


class Lines:
    """The lines of modules, each read once."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def of(self, file: str, name: str) -> Location | None:
        """Return the line that binds `name` at the top level of a file; None if none does."""
        if not (file.endswith(".py") and name):
            return None
        if file not in self._texts:
            try:
                self._texts[file] = Path(file).read_text(encoding="utf-8", errors="replace")
            except OSError:
                self._texts[file] = ""
        text = self._texts[file]
        match = re.search(rf"^{re.escape(name)}\b\s*(?::[^=\n]+)?=", text, re.MULTILINE)
        if match is None:
            return None
        return Location(display_path(file), text.count("\n", 0, match.start()) + 1)
