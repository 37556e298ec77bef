"""Who the token writes as: only issues and comments of that account are ours.

Everybody may read the marker in an issue's body and copy it into an issue of their own; so a marker
alone says nothing. The author of an issue is what GitHub alone decides, and nobody else can write
as the token's account. A signature in place of it would need a key that outlives the token of a
run, for every user to make and keep.
"""

from __future__ import annotations

from typing import Any

import msgspec

from drift.reporters.github.client import Client
from drift.reporters.github.errors import GitHubError, PassingError

_QUERY = "query { viewer { login } }"


class User(msgspec.Struct, frozen=True):
    """An account; a deleted one has no login."""

    login: str = ""


class _Data(msgspec.Struct, frozen=True):
    viewer: User | None = None


class _Viewed(msgspec.Struct, frozen=True):
    data: _Data | None = None
    errors: Any = None


def account(client: Client) -> str:
    """Return the login of the token's account. Raises GitHubError.

    `GET /user` tells it for a person's token, and is refused to the token of a GitHub App's
    installation, which GITHUB_TOKEN in a workflow is too. For those, GraphQL's viewer is the App's
    account, such as github-actions[bot].
    """
    try:
        login = client.ask(f"{client.place.api_url}/user", User).login
    except PassingError:
        raise
    except GitHubError as problem:
        if problem.status != 403:
            raise
        login = _viewer(client)
    if not login:
        raise GitHubError(
            f"{client.place.host} does not tell whose token this is, so that issues of drift and "
            "copies of them cannot be told apart; use GITHUB_TOKEN, a GitHub App's token or a "
            "personal access token"
        )
    return login


def is_by(user: User | None, login: str) -> bool:
    """Tell whether an account is the one with that login."""
    return bool(login) and login_of(user).casefold() == login.casefold()


def login_of(user: User | None) -> str:
    """Return an account's login; "" for one that was deleted."""
    return user.login if user else ""


def _viewer(client: Client) -> str:
    try:
        found = client.ask(client.place.graphql_url, _Viewed, _QUERY)
    except PassingError:
        raise
    except GitHubError:
        return ""
    return found.data.viewer.login if found.data and found.data.viewer else ""
