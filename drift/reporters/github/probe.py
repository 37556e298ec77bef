"""Checks whether an issue could be written; only a test issue makes it certain."""

from __future__ import annotations

import secrets

import msgspec

from drift.formats.escape import visible
from drift.reporters.github.api import Api
from drift.reporters.github.issues import Issue, token_account
from drift.reporters.http.retries import RequestError
from drift.reporters.interface import Delivery

TITLE = "Test by drift doctor: no action needed"


class Permissions(msgspec.Struct, frozen=True):
    """The permissions of a token's user; an App's token has none, and may still write issues."""

    push: bool = False
    triage: bool = False


class RepositoryInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A repository as GitHub sends it."""

    full_name: str
    has_issues: bool = True
    archived: bool = False
    permissions: Permissions = Permissions()


def probe(api: Api, label: str, *, send_test: bool) -> Delivery:
    """Read the repository and its issues; with `send_test`, open an issue and close it at once."""
    notes: list[str] = []
    try:
        info = api.get("", RepositoryInfo)
        notes += _reached(api, info)
        next(api.pages("/issues", {"labels": label}, tuple[Issue, ...]))
        notes.append(_permitted(info.permissions, send_test=send_test))
        if send_test:
            notes.append(_test_issue(api))
    except RequestError as problem:
        return Delivery(notes=tuple(notes), problems=(str(problem),))
    return Delivery(notes=tuple(notes))


def _reached(api: Api, info: RepositoryInfo) -> list[str]:
    account, name = token_account(api), api.repository.name
    if info.archived:
        raise RequestError(f"{info.full_name} is archived; unarchive it, or use another repository")
    if not info.has_issues:
        raise RequestError(
            f"issues are disabled in {info.full_name}; enable them in its settings, under Features"
        )
    notes = [f"{api.host} accepts the token, which is {visible(account)}'s, for {name}"]
    if info.full_name.casefold() != name.casefold():
        notes.append(f"{name} has moved to {info.full_name}; update github.repository")
    return notes


def _permitted(permissions: Permissions, *, send_test: bool) -> str:
    if permissions.push or permissions.triage:
        return "the token's user can write and label issues"
    unknown = "GitHub does not report whether the token may write issues"
    return unknown if send_test else f"{unknown}; use --send-test to try it"


def _test_issue(api: Api) -> str:
    nonce = f"<!-- drift:test {secrets.token_hex(8)} -->"

    def arrived() -> Issue | None:
        query = {"state": "all", "sort": "created", "direction": "desc"}
        newest = next(api.pages("/issues", query, tuple[Issue, ...]))
        return next((issue for issue in newest if nonce in (issue.body or "")), None)

    fields = {"title": TITLE, "body": f"{nonce}\nOpened by `drift doctor`, and closed at once.\n"}
    issue = api.post("/issues", fields, Issue, arrived)
    closed = {"state": "closed", "state_reason": "not_planned"}
    api.patch(f"/issues/{issue.number}", closed, Issue)
    return f"opened and closed the test issue {api.repository.name}#{issue.number}"
