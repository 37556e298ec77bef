"""What GitHub refused or failed to do, in words that say what to do about it."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Mapping

import msgspec

from drift.formats.escape import visible
from drift.reporters.github.place import Place

_HINTS = {
    401: "the token is not valid, or has expired; give a new one",
    403: (
        "the token may not do this; a workflow needs `permissions: issues: write`, a fine-grained "
        "token the repository permission Issues: read and write"
    ),
    404: (
        "the repository {repository} does not exist, or the token may not see it; a private one "
        "needs a token of its own, with `permissions: issues: write`"
    ),
    410: "issues are disabled in {repository}; enable them in its settings, under Features",
    422: "it did not take what was sent",
}
_SECONDARY = 60.0
"""Seconds to wait where GitHub limits requests and does not say for how long."""


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer; the names of headers in lower case, `url` the address that gave it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""


class GitHubError(Exception):
    """A sentence for the user, without the token; `status` is None where there was no answer."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class MovedError(GitHubError):
    """GitHub redirected to another address of the same server; drift does not follow it."""


class PassingError(GitHubError):
    """May work when tried again, after `wait` seconds where GitHub says so.

    `unclear`: GitHub may have done what was asked all the same.
    """

    def __init__(
        self, text: str, status: int | None = None, *, wait: float | None = None, unclear: bool
    ) -> None:
        super().__init__(text, status)
        self.wait = wait
        self.unclear = unclear


def explained(answer: Answer, place: Place, now: float) -> GitHubError:
    """Return the error for an answer other than success; `now` in seconds since 1970."""
    said = _said(answer, place)
    if answer.status in {403, 429} and _is_limit(answer):
        return _limited(answer, place, now)
    if answer.status >= 500 or answer.status == 408:
        text = f"{place.host} answered {answer.status}{said}"
        return PassingError(text, answer.status, unclear=True)
    hint = _HINTS.get(answer.status, "this was not expected")
    hint = hint.format(repository=place.repository)
    return GitHubError(f"{place.host} answered {answer.status}{said}: {hint}", answer.status)


def _said(answer: Answer, place: Place) -> str:
    """Return GitHub's own words, shortened, in parentheses."""
    message = _message(answer)
    words = visible(" ".join(message.split())).replace(place.token, "***")[:200]
    return f" ({words})" if words else ""


def _message(answer: Answer) -> str:
    with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
        return msgspec.json.decode(answer.body, type=_Message).message
    return ""


class _Message(msgspec.Struct):
    message: str = ""


def _is_limit(answer: Answer) -> bool:
    """Tell a rate limit from a lack of rights: both may be 403."""
    return (
        answer.status == 429
        or "retry-after" in answer.headers
        or answer.headers.get("x-ratelimit-remaining") == "0"
        or "rate limit" in _message(answer).lower()
    )


def _limited(answer: Answer, place: Place, now: float) -> PassingError:
    wait = _wait(answer.headers, now)
    moment = datetime.datetime.fromtimestamp(now + wait, datetime.UTC)
    text = (
        f"{place.host} answered {answer.status}: it limits the requests of this token; try again "
        f"after {moment:%Y-%m-%d %H:%M:%S} UTC"
    )
    return PassingError(text, answer.status, wait=wait, unclear=False)


def _wait(headers: Mapping[str, str], now: float) -> float:
    """Return the seconds that GitHub asks to wait, at least one and at most a day."""
    wait = _SECONDARY
    if headers.get("retry-after", "").isdecimal():
        wait = float(headers["retry-after"])
    elif (
        headers.get("x-ratelimit-remaining") == "0"
        and headers.get("x-ratelimit-reset", "").isdecimal()
    ):
        wait = float(headers["x-ratelimit-reset"]) - now
    return min(max(wait, 1.0), 86400.0)
