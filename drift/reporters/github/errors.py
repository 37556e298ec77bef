"""The error for an unsuccessful response of GitHub: its meaning, and the fix."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Mapping

import msgspec

from drift.reporters.http.receiver import Receiver, Response
from drift.reporters.http.retries import RequestError, RetryableError

_HINTS = {
    401: "the token is not valid or has expired; create a new one",
    403: (
        "the token may not do this; a workflow needs `permissions: issues: write`, a fine-grained "
        "token the repository permission Issues: read and write"
    ),
    404: (
        "the repository {repository} does not exist, or the token may not see it; a private one "
        "needs a token of its own, with `permissions: issues: write`"
    ),
    410: "issues are disabled in {repository}; enable them in its settings, under Features",
    422: "GitHub rejected the request",
}
_SECONDARY = 60.0
"""Seconds to wait if GitHub limits requests and does not say for how long."""


class MovedError(RequestError):
    """GitHub redirected to another address of the same server, which is not followed."""


def failure(response: Response, receiver: Receiver, repository: str, now: float) -> RequestError:
    """Return the error for a response; `now` in seconds since 1970."""
    host, status, message = receiver.host, response.status, _message(response)
    answered = f"{host} answered {status}" + (f" ({receiver.quoted(message)})" if message else "")
    if 300 <= status < 400:
        return MovedError(
            f"{host} redirected to another address (HTTP {status}); check github.api_url", status
        )
    if status in {403, 429} and _is_rate_limit(response, message):
        wait = _wait(response.headers, now)
        moment = datetime.datetime.fromtimestamp(now + wait, datetime.UTC)
        return RetryableError(
            f"{host} answered {status}: it limits the requests of this token; retry after "
            f"{moment:%Y-%m-%d %H:%M:%S} UTC",
            status,
            wait=wait,
            unclear=False,
        )
    if status >= 500 or status == 408:
        return RetryableError(f"{answered}; retry later", status, unclear=True)
    hint = _HINTS.get(status, "unexpected response; check github.api_url")
    return RequestError(f"{answered}: {hint.format(repository=repository)}", status)


class _Message(msgspec.Struct):
    message: str = ""


def _message(response: Response) -> str:
    """Return GitHub's own words."""
    with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
        return msgspec.json.decode(response.body, type=_Message).message
    return ""


def _is_rate_limit(response: Response, message: str) -> bool:
    """Return whether a response is a rate limit, and not missing permissions: both may be 403."""
    return (
        response.status == 429
        or "retry-after" in response.headers
        or response.headers.get("x-ratelimit-remaining") == "0"
        or "rate limit" in message.lower()
    )


def _wait(headers: Mapping[str, str], now: float) -> float:
    """Return the seconds that GitHub asks to wait, at least one and at most a day."""
    wait = _SECONDARY
    if headers.get("retry-after", "").isdecimal():
        wait = float(headers["retry-after"])
    elif headers.get("x-ratelimit-remaining") == "0":
        reset = headers.get("x-ratelimit-reset", "")
        wait = float(reset) - now if reset.isdecimal() else wait
    return min(max(wait, 1.0), 86400.0)
