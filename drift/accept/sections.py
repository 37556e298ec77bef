"""The configuration that entries are written to: its targets, and the lists that they have."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from drift import config
from drift.accept.insert import sections
from drift.config import IgnoreEntry, Settings, Target
from drift.config.declaration import keys_of
from drift.config.settings import Document
from drift.kinds import RULES

_READ = {"ignore", "severity", "targets"}


class Configuration:
    """A configuration as it is, or as it is about to be written."""

    def __init__(self, path: Path, content: bytes, environment: Mapping[str, str]) -> None:
        """Read the keys about accepted findings. Raises ConfigurationError.

        No variable of another key needs a value: nothing is checked by these settings.
        """
        text = content.decode("utf-8-sig", "replace")
        self._path, self._content, self._environment = path, content, environment
        self.settings = self._load()
        self._targets = {target.name: target for target in self.settings.targets}
        self._sections = sections(text)

    def _load(self) -> Settings:
        return config.load(
            self._path,
            environment=self._environment,
            known_rules=RULES,
            overridden=keys_of(Document).keys() - _READ,
            each=True,
            content=self._content,
        )

    def ignore_of(self, target: str) -> tuple[IgnoreEntry, ...]:
        """Return the entries of a target; of one that is listed elsewhere, the shared ones."""
        return self._targets.get(target, self.settings.base).ignore

    def without_entries(self) -> tuple[Settings, list[Target]]:
        """Return everything but the ignore entries, to be compared."""
        targets = [*self.settings.targets, self.settings.base]
        rest = msgspec.structs.replace(self.settings, targets=(), base=Target(name=""))
        return rest, [msgspec.structs.replace(target, ignore=()) for target in targets]

    def lists_for(self, targets: Collection[str]) -> list[str | None]:
        """Return the sections that get the entries for findings of these targets.

        None is the top level: all targets have the finding, or the file names no targets.
        """
        known = self._targets.keys()
        only = next(iter(self._sections)) if len(self._sections) == len(known) == 1 else None
        shared = set(targets) >= known and not self._sections.get(only or "", False)
        if not self._sections or shared:
            return [None]
        owners = {self._owner(target) for target in targets}
        return sorted(owners, key=lambda owner: owner or "")

    def _owner(self, target: str) -> str | None:
        """Return the section of a target, or of its bind; None if it is listed elsewhere."""
        owners = [name for name in self._sections if f"{target}.".startswith(f"{name}.")]
        return max(owners, key=len) if owners and target in self._targets else None
