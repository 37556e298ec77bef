"""Brings the one issue of a target up to date with its check: opened, updated, closed, reopened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import quote

from drift.formats import Options
from drift.formats.escape import visible
from drift.report.ages import FRESH
from drift.report.report import Check
from drift.reporters.github import issue_text
from drift.reporters.github.api import Api
from drift.reporters.github.errors import MovedError
from drift.reporters.github.issues import Comment, Issue, Label, OwnIssues
from drift.reporters.github.state import read, unmarked
from drift.reporters.http.retries import RequestError
from drift.reporters.memory import State, is_uncertain, key, state

MUTED = {"not_planned", "duplicate"}
"""How a person closes an issue that must stay closed."""

_COLOR = "b60205"
_DESCRIPTION = "The database differs from its models"
_REOPENED = {"state": "open"}
_COMPLETED = {"state": "closed", "state_reason": "completed"}
_NOT_PLANNED = {"state": "closed", "state_reason": "not_planned"}
_NO_COMMENT = ", without a comment: its conversation is locked; unlock it to get comments"


class IssueSync:
    """Keeps one issue per target."""

    def __init__(  # noqa: PLR0913 — independent parts
        self,
        api: Api,
        own: OwnIssues,
        labels: Sequence[str],
        options: Options,
        run: str,
        *,
        only_new: bool = False,
    ) -> None:
        """Take the settings of the issues. With `only_new`, only new findings cause a comment."""
        self._api = api
        self._own = own
        self._labels = list(labels)
        self._options = options
        self._run = run
        self._only_new = only_new

    def sync(self, check: Check, issues: Sequence[Issue]) -> str:
        """Update the target's issue and return a note of the action. Raises RequestError.

        An issue that was deleted or transferred since it was listed counts as never opened.
        """
        gone = []
        for number, issue in enumerate(issues, 1):
            try:
                done = self._update(check, issue)
            except RequestError as problem:
                if not _is_gone(problem):
                    raise
                gone.append(self._name(issue))
                continue
            for duplicate in issues[number:]:
                self._supersede(check.target, duplicate, issue.number)
            return done
        done = self._open(check) if check.findings else "in sync; there is no issue"
        return f"{done}; deleted or transferred: {', '.join(gone)}" if gone else done

    def _open(self, check: Check) -> str:
        for label in self._labels:
            self._ensure_label(label)
        fields = {
            "title": issue_text.title(check),
            "body": issue_text.body(check, state(check), self._options, self._run),
            "labels": self._labels,
        }
        issue = self._api.post("/issues", fields, Issue, lambda: self._oldest(check))
        self._require_author(issue)
        # Another run may have opened one too. If this look fails, the next run's is enough.
        oldest = issue
        with suppress(RequestError):
            oldest = self._oldest(check) or issue
        if oldest.number < issue.number:
            # Each run closes only the issue that it opened, so that no two close the same one.
            self._supersede(check.target, issue, oldest.number)
            done = self._update(check, oldest)
            return f"{done}; closed the duplicate {self._name(issue)}, opened at the same time"
        if not issue.has_label(self._labels[0]):
            return (
                f"opened {self._name(issue)}, but GitHub did not set its label "
                f"{self._labels[0]!r}; give the token's account at least the role Triage"
            )
        return f"opened {self._name(issue)}"

    def _oldest(self, check: Check) -> Issue | None:
        return next(iter(self._own.labelled().get(key(check.target), ())), None)

    def _update(self, check: Check, issue: Issue) -> str:
        """Update an issue; return a note of the action."""
        name, before = self._name(issue), read(issue.body)
        now = state(check, before.revision + 1 if before else 1)
        if before is None or before.findings != now.findings:
            return self._change(check, issue, before, now)
        if not check.findings:
            return "in sync"
        if not issue.is_open and issue.state_reason in MUTED:
            return f"{name} is muted: closed as {issue.state_reason.replace('_', ' ')}"
        if not issue.is_open:
            text = issue_text.still_there(check, now, self._run)
            note = self._comment_change(check, issue, text, now)
            self._write(check, issue, now, _REOPENED)
            return f"reopened {name}{note}"
        if before.content != now.content:
            self._write(check, issue, now)
            return f"updated the text of {name}; the findings are the same"
        return f"{name} is unchanged"

    def _change(self, check: Check, issue: Issue, before: State | None, now: State) -> str:
        """Write other findings than before into an issue, after a comment that names them."""
        name = self._name(issue)
        if is_uncertain(check, before, now):
            return f"{name} was left unchanged: not everything could be read"
        if not check.findings and not issue.is_open:
            self._write(check, issue, now)
            return f"in sync; {name} was already closed"
        text = issue_text.changed(check, before, now, self._run)
        note = self._comment_change(check, issue, text, now)
        done, fields = "updated", {}
        if not check.findings:
            done, fields = "closed", _COMPLETED
        elif not issue.is_open:
            done, fields = "reopened", _REOPENED
        self._write(check, issue, now, fields)
        return f"{done} {name}{note}"

    def _write(
        self, check: Check, issue: Issue, now: State, fields: Mapping[str, str] = {}
    ) -> None:
        text = {
            "title": issue_text.title(check),
            "body": issue_text.body(check, now, self._options, self._run),
        }
        with self._explained_lock(issue):
            self._api.patch(f"/issues/{issue.number}", {**text, **fields}, Issue)

    @contextmanager
    def _explained_lock(self, issue: Issue) -> Iterator[None]:
        """Explain a refusal by the lock of an issue, if it has one."""
        try:
            yield
        except RequestError as problem:
            if problem.status != 403 or not issue.locked:
                raise
            message = f"{self._name(issue)} is locked, and the token may not change it; unlock it"
            raise RequestError(message) from None

    def _supersede(self, target: str, issue: Issue, kept: int) -> None:
        """Close a duplicate, and remove its marker, so that it never becomes the first one."""
        fields = {"body": unmarked(issue.body or "")}
        try:
            if issue.is_open:
                marker, text = issue_text.superseded(target, kept)
                self._comment(issue, text, marker)
                fields |= _NOT_PLANNED
            with self._explained_lock(issue):
                self._api.patch(f"/issues/{issue.number}", fields, Issue)
        except RequestError as problem:
            if not _is_gone(problem):
                raise

    def _comment_change(self, check: Check, issue: Issue, text: str, now: State) -> str:
        """Write a comment; return an addition to the note if that is not possible."""
        if self._only_new and not any(f.status in FRESH for f in check.findings):
            return ", without a comment: no finding is new"
        written = self._comment(issue, text, issue_text.comment_marker(check.target, now))
        return "" if written else _NO_COMMENT

    def _comment(self, issue: Issue, text: str, marker: str) -> bool:
        """Write a comment, unless a run that broke off after it has done so.

        Return False if the issue is locked, which may forbid comments, but not a new body.
        """
        path = f"/issues/{issue.number}/comments"

        def arrived() -> Comment | None:
            newest = {"page": max(1, issue.comments // 100)}
            for page in self._api.pages(path, newest, tuple[Comment, ...]):
                for comment in page:
                    if comment.is_by(self._own.account) and (comment.body or "").startswith(marker):
                        return comment
            return None

        if issue.comments and arrived():
            return True
        try:
            self._api.post(path, {"body": text}, Comment, arrived)
        except RequestError as problem:
            if problem.status != 403 or not issue.locked:
                raise
            return False
        return True

    def _ensure_label(self, name: str) -> None:
        path = f"/labels/{quote(name, safe='')}"

        def existing() -> Label | None:
            try:
                return self._api.get(path, Label)
            except RequestError as problem:
                if problem.status == 404:
                    return None
                raise

        if existing():
            return
        fields = {"name": name, "color": _COLOR, "description": _DESCRIPTION}
        try:
            self._api.post("/labels", fields, Label, existing)
        except RequestError as problem:
            if problem.status != 422:  # another run has created it meanwhile
                raise

    def _require_author(self, issue: Issue) -> None:
        """Close an issue that GitHub attributes to another account, and raise RequestError.

        The next run would not find it and open another one.
        """
        if issue.is_by(self._own.account):
            return
        self._api.patch(f"/issues/{issue.number}", _NOT_PLANNED, Issue)
        account, author = visible(self._own.account), visible(issue.author)
        raise RequestError(
            f"{self._api.host} says that the token is {account}'s, but that {author} opened "
            f"{self._name(issue)}, which drift would not find again; it was closed; use another "
            "token"
        )

    def _name(self, issue: Issue) -> str:
        return f"{self._api.repository.name}#{issue.number}"


def _is_gone(problem: RequestError) -> bool:
    """Return whether an issue was deleted, or transferred to another repository.

    GitHub answers 410 or 404 for a deleted issue, a redirect or 404 for a transferred one.
    """
    return isinstance(problem, MovedError) or problem.status in {404, 410}
