"""The one issue of a target: opened, changed, closed and opened again, as its check tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from drift.formats import Options
from drift.model import Check
from drift.reporters import github_body as texts
from drift.reporters.github_client import Client
from drift.reporters.github_errors import GitHubError
from drift.reporters.github_state import NOTHING, State, key, marked, read, state, unmarked

MUTED = {"not_planned", "duplicate"}
"""How a person closes an issue that is to stay closed."""

_COLOR = "b60205"
_DESCRIPTION = "The database differs from its models"


class Label(msgspec.Struct, frozen=True):
    """A label, of which only the name matters."""

    name: str = ""


class Comment(msgspec.Struct, frozen=True):
    """A comment, of which only the text matters."""

    body: str | None = None


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """An issue as GitHub answers it; a pull request has `pull_request`."""

    number: int
    state: str
    state_reason: str | None = None
    body: str | None = None
    comments: int = 0
    labels: tuple[Label | str, ...] = ()
    pull_request: Any = None

    @property
    def open(self) -> bool:
        """Whether it is open."""
        return self.state == "open"


def listed(client: Client, label: str) -> dict[str, list[Issue]]:
    """Return all issues that drift has written, the oldest first, by the key of their target."""
    query = {"labels": label, "state": "all", "sort": "created", "direction": "asc"}
    found: dict[str, list[Issue]] = {}
    for page in client.pages("/issues", query, tuple[Issue, ...]):
        for issue in page:
            target = marked(issue.body)
            if target and issue.pull_request is None:
                found.setdefault(target, []).append(issue)
    return {target: sorted(some, key=lambda one: one.number) for target, some in found.items()}


class Thread:
    """Keeps one issue for each target."""

    def __init__(self, client: Client, labels: Sequence[str], options: Options, run: str) -> None:
        self._client = client
        self._labels = list(labels)
        self._options = options
        self._run = run

    def keep(self, check: Check, issues: Sequence[Issue]) -> str:
        """Bring the target's issue up to date and return what was done. Raises GitHubError."""
        if not issues:
            return self._open(check) if check.findings else "in sync, and has no issue"
        first, *others = issues
        done = self._update(check, first) if check.findings else self._finish(check, first)
        for other in others:
            self._supersede(check.target, other, first.number)
        return done

    def _open(self, check: Check) -> str:
        for label in self._labels:
            self._ensure(label)
        fields = {
            "title": texts.title(check),
            "body": texts.body(check, state(check), self._options, self._run),
            "labels": self._labels,
        }
        issue = self._client.post("/issues", fields, Issue, lambda: self._opened(check))
        self._require_label(issue)
        return f"opened {self._name(issue)}"

    def _opened(self, check: Check) -> Issue | None:
        return next(iter(listed(self._client, self._labels[0]).get(key(check.target), ())), None)

    def _update(self, check: Check, issue: Issue) -> str:
        before = read(issue.body)
        now = state(check, before.revision + 1 if before else 1)
        if before is None or before.findings != now.findings:
            if _unsure(check, before, now):
                return f"{self._name(issue)} left as it is: not all could be read this time"
            self._tell(check, issue, texts.changed(check, before, now, self._run), now)
            self._write(check, issue, now, {} if issue.open else {"state": "open"})
            return f"{'updated' if issue.open else 'reopened'} {self._name(issue)}"
        if not issue.open and issue.state_reason in MUTED:
            return f"{self._name(issue)} is muted: closed as {issue.state_reason.replace('_', ' ')}"
        if not issue.open:
            self._tell(check, issue, texts.still_there(check, now, self._run), now)
            self._write(check, issue, now, {"state": "open"})
            return f"reopened {self._name(issue)}"
        if before.content != now.content:
            self._write(check, issue, now, {})
            return f"{self._name(issue)} says it in new words"
        return f"{self._name(issue)} is unchanged"

    def _finish(self, check: Check, issue: Issue) -> str:
        before = read(issue.body)
        now = state(check, before.revision + 1 if before else 1)
        if before is not None and before.findings == NOTHING:
            return "in sync"
        if _unsure(check, before, now):
            return f"{self._name(issue)} left as it is: not all could be read this time"
        if not issue.open:
            self._write(check, issue, now, {})
            return f"in sync; {self._name(issue)} was closed already"
        self._tell(check, issue, texts.changed(check, before, now, self._run), now)
        self._write(check, issue, now, {"state": "closed", "state_reason": "completed"})
        return f"closed {self._name(issue)}"

    def _write(self, check: Check, issue: Issue, now: State, fields: Mapping[str, str]) -> None:
        written = {
            "title": texts.title(check),
            "body": texts.body(check, now, self._options, self._run),
        }
        self._client.patch(f"/issues/{issue.number}", {**written, **fields}, Issue)

    def _supersede(self, target: str, issue: Issue, kept: int) -> None:
        """Close a second issue, and take the marker out of it: it must never become the first."""
        fields = {"body": unmarked(issue.body or "")}
        if issue.open:
            marker, text = texts.superseded(target, kept)
            self._comment(issue, text, marker)
            fields |= {"state": "closed", "state_reason": "not_planned"}
        self._client.patch(f"/issues/{issue.number}", fields, Issue)

    def _tell(self, check: Check, issue: Issue, text: str, now: State) -> None:
        self._comment(issue, text, texts.comment_marker(check.target, now))

    def _comment(self, issue: Issue, text: str, marker: str) -> None:
        """Write a comment, unless a run that broke off after it has done so."""
        path = f"/issues/{issue.number}/comments"

        def arrived() -> Comment | None:
            page = max(1, issue.comments // 100)
            for some in self._client.pages(path, {"page": page}, tuple[Comment, ...]):
                for one in some:
                    if (one.body or "").startswith(marker):
                        return one
            return None

        if not (issue.comments and arrived()):
            self._client.post(path, {"body": text}, Comment, arrived)

    def _ensure(self, name: str) -> None:
        path = f"/labels/{quote(name, safe='')}"
        if self._label(path) is not None:
            return
        fields = {"name": name, "color": _COLOR, "description": _DESCRIPTION}
        try:
            self._client.post("/labels", fields, Label, lambda: self._label(path))
        except GitHubError as problem:
            if problem.status != 422:  # somebody else has made it meanwhile
                raise

    def _label(self, path: str) -> Label | None:
        try:
            return self._client.get(path, Label)
        except GitHubError as problem:
            if problem.status == 404:
                return None
            raise

    def _require_label(self, issue: Issue) -> None:
        """Close an issue that GitHub has left without its label: it would not be found again."""
        names = {one if isinstance(one, str) else one.name for one in issue.labels}
        if self._labels[0].casefold() in {name.casefold() for name in names}:
            return
        fields = {"state": "closed", "state_reason": "not_planned"}
        self._client.patch(f"/issues/{issue.number}", fields, Issue)
        raise GitHubError(
            f"{self._client.place.host} left {self._name(issue)} without its label "
            f"{self._labels[0]!r}, by which it would be found: the token's user needs at least the "
            "role Triage; the issue is closed again"
        )

    def _name(self, issue: Issue) -> str:
        return f"{self._client.place.repository}#{issue.number}"


def _unsure(check: Check, before: State | None, now: State) -> bool:
    """Tell whether something seems gone only because it could not be read this time."""
    if check.complete:
        return False
    if before is None or before.entries is None or now.entries is None:
        return True
    known = {entry.identity for entry in before.entries}
    return all(entry.identity in known for entry in now.entries)
