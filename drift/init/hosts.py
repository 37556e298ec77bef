"""The service that runs a project's checks, by the files and the remotes of its repository."""

from __future__ import annotations

import re
from pathlib import Path

HOSTS = {
    "github": "GitHub Actions",
    "gitlab": "GitLab CI",
    "none": "another service, or a scheduler",
}
_FILES = {
    ".github/workflows": "github",
    ".gitlab-ci.yml": "gitlab",
    "bitbucket-pipelines.yml": "none",
    "azure-pipelines.yml": "none",
    ".circleci": "none",
    "Jenkinsfile": "none",
    ".woodpecker.yml": "none",
    ".woodpecker": "none",
    ".github": "github",
}
_REMOTE = re.compile(r'^\[remote "([^"]*)"\][^\[]*?^\s*url\s*=\s*(\S+)', re.MULTILINE | re.DOTALL)
_HOST = re.compile(r"(?:[\w+]+://)?(?:[^@/\s]*@)?([\w.-]+)")
_MOST_BYTES = 100_000


def host_of(repository: Path) -> str:
    """Return the name of the host; GitHub if nothing says another."""
    for name, host in _FILES.items():
        if (repository / name).exists():
            return host
    remotes = dict(_REMOTE.findall(_text(repository / ".git" / "config")))
    url = remotes.get("origin") or next(iter(remotes.values()), "")
    if not url or url.startswith(("/", ".", "file:")):
        return "github"
    return _by_name(url)


def _by_name(url: str) -> str:
    """Return the host that the name of a server begins with, or is part of."""
    match = _HOST.match(url)
    labels = (match[1] if match else "").lower().split(".")
    if any(label.startswith("github") or label == "ghe" for label in labels):
        return "github"
    return "gitlab" if any(label.startswith("gitlab") for label in labels) else "none"


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return ""
