"""The issues that drift itself has written: those with its marker by the account of the token.

Everybody can copy the marker from one issue's body into another issue, so that a marker alone
proves nothing. Only GitHub sets the author of an issue, and only the token can write
as its account. A signature instead would need a key that outlives the token of a
run, for every user to create and keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import msgspec

from drift.report.report import Check
from drift.reporters.github.api import Api
from drift.reporters.github.state import marked
from drift.reporters.http.retries import RequestError, RetryableError
from drift.reporters.memory import key

_UNLABELLED_PAGES = 20
"""Pages to search for an issue that has lost its label: a person's token may have written more."""

_VIEWER = "query { viewer { login } }"


class User(msgspec.Struct, frozen=True):
    """An account."""

    login: str = ""


class Label(msgspec.Struct, frozen=True):
    """A label of an issue."""

    name: str = ""


class _Written(msgspec.Struct, frozen=True, kw_only=True):
    """A text and its author, None for a deleted account."""

    body: str | None = None
    user: User | None = None

    @property
    def author(self) -> str:
        """The login of the author; "" for a deleted account."""
        return self.user.login if self.user else ""

    def is_by(self, login: str) -> bool:
        """Return whether the account with that login has written it."""
        return bool(login) and self.author.casefold() == login.casefold()


class Comment(_Written, frozen=True, kw_only=True):
    """A comment on an issue."""


class Issue(_Written, frozen=True, kw_only=True):
    """An issue as GitHub sends it; a pull request has `pull_request`."""

    number: int
    state: str
    state_reason: str | None = None
    comments: int = 0
    labels: tuple[Label | str, ...] = ()
    locked: bool = False
    pull_request: Any = None

    @property
    def is_open(self) -> bool:
        """Whether it is open."""
        return self.state == "open"

    def has_label(self, label: str) -> bool:
        """Return whether it has a label, in any letter case."""
        names = (entry if isinstance(entry, str) else entry.name for entry in self.labels)
        return label.casefold() in {name.casefold() for name in names}


IssuesByTarget = Mapping[str, list[Issue]]
"""Issues, the oldest first, by the key of their target."""


class OwnIssues:
    """The issues that one account has written in a repository."""

    def __init__(self, api: Api, account: str, label: str) -> None:
        self.account = account
        self._api = api
        self._label = label

    def labelled(self) -> IssuesByTarget:
        """Return the issues with the label. Raises RequestError."""
        return self._by_target(self._pages({"labels": self._label, "state": "all"}))

    def of(self, checks: Iterable[Check]) -> IssuesByTarget:
        """Return the issues of these checks. Raises RequestError.

        A person may have removed or renamed the label, and a second issue must not be opened, so
        that a target without a labelled issue is searched for without the label. If the target is
        in sync, only an open issue matters, which keeps this search short.
        """
        labelled = self.labelled()
        missing = [check for check in checks if key(check.target) not in labelled]
        if not missing:
            return labelled
        state = "all" if any(check.findings for check in missing) else "open"
        pages = self._pages({"state": state, "direction": "desc"})
        return {**self._by_target(islice(pages, _UNLABELLED_PAGES)), **labelled}

    def _pages(self, query: Mapping[str, str]) -> Iterable[tuple[Issue, ...]]:
        query = {"creator": self.account, "sort": "created", "direction": "asc", **query}
        return self._api.pages("/issues", query, tuple[Issue, ...])

    def _by_target(self, pages: Iterable[tuple[Issue, ...]]) -> IssuesByTarget:
        by_target: dict[str, list[Issue]] = {}
        for issue in (issue for page in pages for issue in page):
            target = marked(issue.body)
            # The query names the creator, but the response is not trusted to keep to it.
            if target and issue.pull_request is None and issue.is_by(self.account):
                by_target.setdefault(target, []).append(issue)
        return {
            target: sorted(issues, key=lambda issue: issue.number)
            for target, issues in by_target.items()
        }


def token_account(api: Api) -> str:
    """Return the login of the token's account. Raises RequestError.

    `GET /user` returns it for a person's token, and is refused to the token of a GitHub App's
    installation, which GITHUB_TOKEN in a workflow is too. For those, GraphQL's viewer is the App's
    account, such as github-actions[bot].
    """
    try:
        login = api.get_url(f"{api.repository.api_url}/user", User).login
    except RetryableError:
        raise
    except RequestError as problem:
        if problem.status != 403:
            raise
        login = _viewer(api)
    if not login:
        raise RequestError(
            f"{api.host} does not name the account of this token, so drift cannot recognize its "
            "own issues; use GITHUB_TOKEN, a GitHub App's token or a personal access token"
        )
    return login


class _Data(msgspec.Struct, frozen=True):
    viewer: User | None = None


class _Viewed(msgspec.Struct, frozen=True):
    data: _Data | None = None


def _viewer(api: Api) -> str:
    try:
        viewed = api.graphql(_VIEWER, _Viewed)
    except RetryableError:
        raise
    except RequestError:
        return ""
    return viewed.data.viewer.login if viewed.data and viewed.data.viewer else ""
