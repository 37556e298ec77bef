"""The repository that issues are written to, with the API's address and the token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from drift.config import GitHub
from drift.errors import UsageError
from drift.reporters import REPORTERS
from drift.reporters.pull_requests import is_pull_request

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,1000}")
_SERVER = re.compile(r"https?://([^\s@/?#]+)/?")
_ADDRESS = re.compile(r"https?://[^\s@/?#]+(/[^\s@?#]*)?")


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """A repository, its `name` as `owner/name`; `api_url` has no slash at its end."""

    name: str
    api_url: str
    token: str

    def __repr__(self) -> str:
        """Return no part of it: the token is a secret."""
        return "Repository()"

    @property
    def url(self) -> str:
        """The URL of the repository in the REST API."""
        return f"{self.api_url}/repos/{self.name}"

    @property
    def graphql_url(self) -> str:
        """The URL of GraphQL: next to /v3 on GitHub Enterprise, which has REST below /api/v3."""
        return f"{self.api_url.removesuffix('/v3')}/graphql"


def is_skipped(settings: GitHub, environment: Mapping[str, str]) -> bool:
    """Return whether this runs for a pull request, and the settings do not ask for its issues."""
    return is_pull_request(environment) and not settings.pull_requests


def repository(settings: GitHub, environment: Mapping[str, str]) -> Repository:
    """Return the repository of the settings, or else of the environment. Raises UsageError."""
    return Repository(
        name=_name(settings.repository or environment.get("GITHUB_REPOSITORY")),
        api_url=_api_url(
            settings.api_url
            or environment.get("GITHUB_API_URL")
            or api_of(environment.get("GITHUB_SERVER_URL", ""))
        ),
        token=_token(settings, environment),
    )


def run_url(environment: Mapping[str, str]) -> str:
    """Return the page of the workflow's run; "" outside of one."""
    server, name, run = (
        environment.get(f"GITHUB_{variable}", "")
        for variable in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    known = _ADDRESS.fullmatch(server) and _NAME.fullmatch(name) and run.isdecimal()
    return f"{server.rstrip('/')}/{name}/actions/runs/{run}" if known else ""


def _name(text: str | None) -> str:
    if not text:
        raise UsageError("github: no repository; set github.repository or GITHUB_REPOSITORY")
    if not _NAME.fullmatch(text) or {".", ".."} & set(text.split("/")):
        raise UsageError(f"github: {text[:80]!r} is not a repository; write owner/name")
    return text


def api_of(server: str) -> str:
    """Return the address of the API of a server that people open in a browser.

    GitHub.com and GHE.com have it on a host of its own, GitHub Enterprise Server below a path.
    """
    match = _SERVER.fullmatch(server.strip().lower())
    host = match[1] if match else ""
    if host in {"", "github.com", "www.github.com"}:
        return "https://api.github.com"
    if host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{server.strip().rstrip('/')}/api/v3"


def _api_url(text: str) -> str:
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        valid = _ADDRESS.fullmatch(url) and parts.hostname and parts.port != 0
    except ValueError:
        valid = None
    if not valid:
        raise UsageError(
            "github: the API's address is not valid; set github.api_url or GITHUB_API_URL to one "
            "such as https://github.example.com/api/v3"
        )
    host = (parts.hostname or "").lower()
    is_api = host.startswith("api.") and host != "api.ghe.com"
    if host in {"github.com", "www.github.com"} or (host.endswith(".ghe.com") and not is_api):
        raise UsageError(
            f"github: {host} is the address for browsers; set github.api_url or GITHUB_API_URL to "
            f"{api_of(f'https://{host}')}"
        )
    return url


def _token(settings: GitHub, environment: Mapping[str, str]) -> str:
    token = next(
        filter(None, (settings.token, *map(environment.get, REPORTERS["github"].variables))), ""
    ).strip()
    if not token:
        raise UsageError("github: no token; set github.token, GITHUB_TOKEN or GH_TOKEN")
    if not _TOKEN.fullmatch(token):
        raise UsageError("github: the token contains invalid characters; set it again")
    return token
