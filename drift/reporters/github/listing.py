"""Which issues are ours: those with a marker that the account of the token has written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import msgspec

from drift.report.report import Check
from drift.reporters.github.author import User, is_by
from drift.reporters.github.client import Client
from drift.reporters.github.state import key, marked

_ELSEWHERE = 20
"""Pages to look at for an issue that has lost its label: a person's token may have written more."""


class Label(msgspec.Struct, frozen=True):
    """A label, of which only the name matters."""

    name: str = ""


class Comment(msgspec.Struct, frozen=True):
    """A comment, of which its text and its author matter."""

    body: str | None = None
    user: User | None = None


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """An issue as GitHub answers it; a pull request has `pull_request`."""

    number: int
    state: str
    state_reason: str | None = None
    body: str | None = None
    comments: int = 0
    labels: tuple[Label | str, ...] = ()
    locked: bool = False
    user: User | None = None
    pull_request: Any = None

    @property
    def open(self) -> bool:
        """Whether it is open."""
        return self.state == "open"

    def has(self, label: str) -> bool:
        """Tell whether it has a label."""
        names = {one if isinstance(one, str) else one.name for one in self.labels}
        return label.casefold() in {name.casefold() for name in names}


Ours = Mapping[str, list[Issue]]
"""Issues, the oldest first, by the key of their target."""


class Listing:
    """The issues that one account has written in a repository."""

    def __init__(self, client: Client, author: str, label: str) -> None:
        self._client = client
        self._label = label
        self.author = author

    def labelled(self) -> Ours:
        """Return our issues with the label. Raises GitHubError."""
        return self._ours(self._pages({"labels": self._label, "state": "all"}))

    def of(self, checks: Iterable[Check]) -> Ours:
        """Return the issues of these checks. Raises GitHubError.

        What has no issue with the label is looked for without it: a person may have removed or
        renamed the label, and a second issue must not be opened. Of a target that is in sync, only
        an open issue matters, so that this stays a short look.
        """
        found = self.labelled()
        lacking = [check for check in checks if key(check.target) not in found]
        if not lacking:
            return found
        state = "all" if any(check.findings for check in lacking) else "open"
        elsewhere = self._pages({"state": state, "direction": "desc"})
        return {**self._ours(islice(elsewhere, _ELSEWHERE)), **found}

    def _pages(self, query: Mapping[str, str]) -> Iterable[tuple[Issue, ...]]:
        whole = {"creator": self.author, "sort": "created", "direction": "asc", **query}
        return self._client.pages("/issues", whole, tuple[Issue, ...])

    def _ours(self, pages: Iterable[tuple[Issue, ...]]) -> Ours:
        found: dict[str, list[Issue]] = {}
        for page in pages:
            for issue in page:
                target = marked(issue.body)
                # `creator` is asked for, and not relied on.
                if target and issue.pull_request is None and is_by(issue.user, self.author):
                    found.setdefault(target, []).append(issue)
        return {target: sorted(some, key=lambda one: one.number) for target, some in found.items()}
