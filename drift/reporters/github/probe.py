"""Whether an issue could be written, as far as GitHub tells; with a test issue, for certain."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import msgspec

from drift.formats.escape import visible
from drift.reporters.github.author import account
from drift.reporters.github.client import Client
from drift.reporters.github.errors import GitHubError
from drift.reporters.github.listing import Issue
from drift.reporters.interface import Delivery

TITLE = "A test by drift doctor: nothing to do"


class Permissions(msgspec.Struct, frozen=True):
    """What the token's user may do; an app's token has none of it, and may still write issues."""

    push: bool = False
    triage: bool = False


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """A repository as GitHub answers it."""

    full_name: str
    has_issues: bool = True
    archived: bool = False
    permissions: Permissions = Permissions()


def probe(client: Client, label: str, *, send_test: bool) -> Delivery:
    """Look at the repository and its issues; with `send_test`, open one and close it at once."""
    notes: list[str] = []
    try:
        repository = client.get("", Repository)
        notes += _reached(client, repository, account(client))
        next(client.pages("/issues", {"labels": label}, tuple[Issue, ...]))
        notes.append(_rights(repository.permissions, send_test=send_test))
        if send_test:
            notes.append(_sent(client))
    except GitHubError as problem:
        return Delivery(notes=tuple(notes), problems=(str(problem),))
    return Delivery(notes=tuple(notes))


def _reached(client: Client, found: Repository, login: str) -> list[str]:
    place = client.place
    if found.archived:
        raise GitHubError(f"{found.full_name} is archived: nothing can be written there")
    if not found.has_issues:
        raise GitHubError(
            f"issues are disabled in {found.full_name}; enable them in its settings, under Features"
        )
    notes = [f"{place.host} knows the token, as {visible(login)}'s, and {place.repository}"]
    if found.full_name.casefold() != place.repository.casefold():
        notes.append(f"{place.repository} has moved: it is {found.full_name} now")
    return notes


def _rights(permissions: Permissions, *, send_test: bool) -> str:
    if permissions.push or permissions.triage:
        return "the token's user may write and label issues"
    unknown = "GitHub does not tell whether the token may write issues"
    return unknown if send_test else f"{unknown}; --send-test tries it"


def _sent(client: Client) -> str:
    nonce = f"<!-- drift:test {secrets.token_hex(8)} -->"
    fields = {"title": TITLE, "body": f"{nonce}\nOpened by `drift doctor`, and closed at once.\n"}
    issue = client.post("/issues", fields, Issue, _finder(client, nonce))
    closed = {"state": "closed", "state_reason": "not_planned"}
    client.patch(f"/issues/{issue.number}", closed, Issue)
    return f"opened the test issue {client.place.repository}#{issue.number}, and closed it"


def _finder(client: Client, nonce: str) -> Callable[[], Issue | None]:
    """Return what looks for the test issue among the newest."""

    def arrived() -> Issue | None:
        query = {"state": "all", "sort": "created", "direction": "desc"}
        page = next(client.pages("/issues", query, tuple[Issue, ...]))
        return next((one for one in page if nonce in (one.body or "")), None)

    return arrived
