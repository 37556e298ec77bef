"""The page of the run that made a report, as the CI names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from drift.reporters.github.repository import run_url

_ADDRESS = re.compile(r"https?://[!-~]{1,2000}")
_UNSAFE = re.compile(r"""[<>"'`|\\^{}()\[\]]""")


def run_link(environment: Mapping[str, str]) -> str:
    """Return the URL of GitHub's run or GitLab's job; "" outside of both."""
    url = run_url(environment) or environment.get("CI_JOB_URL", "")
    if not _ADDRESS.fullmatch(url) or _UNSAFE.search(url) or "@" in urlsplit(url).netloc:
        return ""
    return url
