"""Which repository is written to, at which address, with which token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from drift.config import GitHub
from drift.errors import UsageError

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,1000}")
_ADDRESS = re.compile(r"https?://[^\s@/?#]+(/[^\s@?#]*)?")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A repository as `owner/name`; `api_url` without a slash at its end."""

    repository: str
    api_url: str
    token: str

    def __repr__(self) -> str:
        """Return no part of it: the token is a secret."""
        return "Place()"

    @property
    def graphql_url(self) -> str:
        """Where GraphQL is: beside /v3 on GitHub Enterprise, which has REST below /api/v3."""
        return f"{self.api_url.removesuffix('/v3')}/graphql"

    @property
    def host(self) -> str:
        """The API's host, as messages name it."""
        return urlsplit(self.api_url).hostname or ""


def is_refused(settings: GitHub, environment: Mapping[str, str]) -> bool:
    """Tell whether this runs for a pull request, and nothing may be written for one."""
    event = environment.get("GITHUB_EVENT_NAME", "")
    return event.startswith(("pull_request", "merge_group")) and not settings.pull_requests


def find(settings: GitHub, environment: Mapping[str, str]) -> Place:
    """Return the place; the settings come before the environment. Raises UsageError."""
    return Place(
        repository=_repository(settings.repository or environment.get("GITHUB_REPOSITORY")),
        api_url=_api_url(settings.api_url or environment.get("GITHUB_API_URL")),
        token=_token(settings, environment),
    )


def run_url(environment: Mapping[str, str]) -> str:
    """Return the page of the workflow's run; "" outside of one."""
    server, repository, run = (
        environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    known = _ADDRESS.fullmatch(server) and _REPOSITORY.fullmatch(repository) and run.isdecimal()
    return f"{server.rstrip('/')}/{repository}/actions/runs/{run}" if known else ""


def _repository(text: str | None) -> str:
    if not text:
        raise UsageError("github: no repository; set github.repository or GITHUB_REPOSITORY")
    if not _REPOSITORY.fullmatch(text) or {".", ".."} & set(text.split("/")):
        raise UsageError(f"github: {text[:80]!r} is not a repository; write owner/name")
    return text


def _api_url(text: str | None) -> str:
    url = (text or "https://api.github.com").strip().rstrip("/")
    try:
        parts = urlsplit(url)
        known = _ADDRESS.fullmatch(url) and parts.hostname and parts.port != 0
    except ValueError:
        known = None
    if not known:
        raise UsageError(
            "github: the API's address is not usable; write one such as "
            "https://github.example.com/api/v3 into github.api_url or GITHUB_API_URL"
        )
    return url


def _token(settings: GitHub, environment: Mapping[str, str]) -> str:
    names = ("GITHUB_TOKEN", "GH_TOKEN")
    token = settings.token or next(filter(None, map(environment.get, names)), "")
    if not token.strip():
        raise UsageError("github: no token; set github.token, GITHUB_TOKEN or GH_TOKEN")
    if not _TOKEN.fullmatch(token.strip()):
        raise UsageError("github: the token holds characters that no token has; set it anew")
    return token.strip()
