"""The one issue of a target: opened, changed, closed and opened again, as its check tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import quote

from drift.formats import Options
from drift.formats.escape import visible
from drift.report.report import Check
from drift.reporters.github import body as texts
from drift.reporters.github.author import is_by, login_of
from drift.reporters.github.client import Client
from drift.reporters.github.errors import GitHubError, MovedError
from drift.reporters.github.listing import Comment, Issue, Label, Listing
from drift.reporters.github.state import NOTHING, State, key, read, state, unmarked

MUTED = {"not_planned", "duplicate"}
"""How a person closes an issue that is to stay closed."""

_COLOR = "b60205"
_DESCRIPTION = "The database differs from its models"
_NO_COMMENT = ", without a comment: its conversation is locked; unlock it to have changes commented"


class Thread:
    """Keeps one issue for each target."""

    def __init__(
        self, client: Client, listing: Listing, labels: Sequence[str], options: Options, run: str
    ) -> None:
        self._client = client
        self._listing = listing
        self._labels = list(labels)
        self._options = options
        self._run = run

    def keep(self, check: Check, issues: Sequence[Issue]) -> str:
        """Bring the target's issue up to date and return what was done. Raises GitHubError.

        An issue that is gone since it was listed counts as if it had never been.
        """
        gone = []
        for number, issue in enumerate(issues, 1):
            try:
                done = self._update(check, issue) if check.findings else self._finish(check, issue)
            except GitHubError as problem:
                if not _is_gone(problem):
                    raise
                gone.append(self._name(issue))
                continue
            for other in issues[number:]:
                self._supersede(check.target, other, issue.number)
            return done
        done = self._open(check) if check.findings else "in sync, and has no issue"
        return f"{done}; deleted or transferred: {', '.join(gone)}" if gone else done

    def _open(self, check: Check) -> str:
        for label in self._labels:
            self._ensure(label)
        fields = {
            "title": texts.title(check),
            "body": texts.body(check, state(check), self._options, self._run),
            "labels": self._labels,
        }
        issue = self._client.post("/issues", fields, Issue, lambda: self._oldest(check))
        self._require_author(issue)
        first = self._looked_again(check, issue)
        if first.number < issue.number:
            return self._yield_to(first, issue, check)
        if not issue.has(self._labels[0]):
            return (
                f"opened {self._name(issue)}, which GitHub left without its label "
                f"{self._labels[0]!r}: the token's account needs at least the role Triage for that"
            )
        return f"opened {self._name(issue)}"

    def _looked_again(self, check: Check, issue: Issue) -> Issue:
        """Return the oldest issue of the target, now that another run may have opened one too.

        The issue is there already: if this look fails, the next run's will do.
        """
        with suppress(GitHubError):
            return self._oldest(check) or issue
        return issue

    def _oldest(self, check: Check) -> Issue | None:
        return next(iter(self._listing.labelled().get(key(check.target), ())), None)

    def _yield_to(self, first: Issue, issue: Issue, check: Check) -> str:
        """Close our own issue at once: another run has opened one a moment before.

        Each run closes only its own, so that no two runs close the same one.
        """
        self._supersede(check.target, issue, first.number)
        done = self._update(check, first)
        return f"{done}; closed {self._name(issue)}, which was opened at the same time"

    def _update(self, check: Check, issue: Issue) -> str:
        before = read(issue.body)
        now = state(check, before.revision + 1 if before else 1)
        name = self._name(issue)
        if before is None or before.findings != now.findings:
            if _unsure(check, before, now):
                return f"{name} left as it is: not all could be read this time"
            left_out = self._tell(check, issue, texts.changed(check, before, now, self._run), now)
            self._write(check, issue, now, {} if issue.open else {"state": "open"})
            return f"{'updated' if issue.open else 'reopened'} {name}{left_out}"
        if not issue.open and issue.state_reason in MUTED:
            return f"{name} is muted: closed as {issue.state_reason.replace('_', ' ')}"
        if not issue.open:
            left_out = self._tell(check, issue, texts.still_there(check, now, self._run), now)
            self._write(check, issue, now, {"state": "open"})
            return f"reopened {name}{left_out}"
        if before.content != now.content:
            self._write(check, issue, now, {})
            return f"{name} says it in new words"
        return f"{name} is unchanged"

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
        left_out = self._tell(check, issue, texts.changed(check, before, now, self._run), now)
        self._write(check, issue, now, {"state": "closed", "state_reason": "completed"})
        return f"closed {self._name(issue)}{left_out}"

    def _write(self, check: Check, issue: Issue, now: State, fields: Mapping[str, str]) -> None:
        written = {
            "title": texts.title(check),
            "body": texts.body(check, now, self._options, self._run),
        }
        with self._locked(issue):
            self._client.patch(f"/issues/{issue.number}", {**written, **fields}, Issue)

    @contextmanager
    def _locked(self, issue: Issue) -> Iterator[None]:
        """Blame a refusal on the lock of an issue, where it has one."""
        try:
            yield
        except GitHubError as problem:
            if problem.status != 403 or not issue.locked:
                raise
            raise GitHubError(
                f"{self._name(issue)} is locked, and the token may not change it; unlock it"
            ) from None

    def _supersede(self, target: str, issue: Issue, kept: int) -> None:
        """Close a second issue, and take the marker out of it: it must never become the first."""
        fields = {"body": unmarked(issue.body or "")}
        try:
            if issue.open:
                marker, text = texts.superseded(target, kept)
                self._comment(issue, text, marker)
                fields |= {"state": "closed", "state_reason": "not_planned"}
            with self._locked(issue):
                self._client.patch(f"/issues/{issue.number}", fields, Issue)
        except GitHubError as problem:
            if not _is_gone(problem):
                raise

    def _tell(self, check: Check, issue: Issue, text: str, now: State) -> str:
        """Write a comment; return what is to be said where that is not possible."""
        told = self._comment(issue, text, texts.comment_marker(check.target, now))
        return "" if told else _NO_COMMENT

    def _comment(self, issue: Issue, text: str, marker: str) -> bool:
        """Write a comment, unless a run that broke off after it has done so.

        Return False where the issue is locked: who may change its body may not comment for that.
        """
        path = f"/issues/{issue.number}/comments"

        def arrived() -> Comment | None:
            page = max(1, issue.comments // 100)
            for some in self._client.pages(path, {"page": page}, tuple[Comment, ...]):
                for one in some:
                    ours = is_by(one.user, self._listing.author)
                    if ours and (one.body or "").startswith(marker):
                        return one
            return None

        if not (issue.comments and arrived()):
            try:
                self._client.post(path, {"body": text}, Comment, arrived)
            except GitHubError as problem:
                if problem.status != 403 or not issue.locked:
                    raise
                return False
        return True

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

    def _require_author(self, issue: Issue) -> None:
        """Close an issue that, says GitHub, somebody else wrote: it would not be found again."""
        if is_by(issue.user, self._listing.author):
            return
        fields = {"state": "closed", "state_reason": "not_planned"}
        self._client.patch(f"/issues/{issue.number}", fields, Issue)
        told, wrote = (visible(one) for one in (self._listing.author, login_of(issue.user)))
        raise GitHubError(
            f"{self._client.place.host} says that the token is {told}'s, and that {wrote} wrote "
            f"{self._name(issue)}, so that it would not be found again; it is closed again; use "
            "another token"
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


def _is_gone(problem: GitHubError) -> bool:
    """Tell whether an issue was deleted, or transferred to another repository.

    GitHub answers 410 or 404 for a deleted issue, a redirect or 404 for a transferred one.
    """
    return isinstance(problem, MovedError) or problem.status in {404, 410}
