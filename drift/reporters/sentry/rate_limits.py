"""Sentry's rate limits, and the meaning of a refusal."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from drift.reporters.http.receiver import Response
from drift.reporters.http.retries import RetryableError

_DEFAULT = 60.0
"""Seconds of a limit that names none."""

_COPY = "copy the DSN again from the project's settings"
_REFUSALS = {
    400: "did not understand the event; check the DSN",
    401: f"refused the DSN's key; {_COPY}",
    403: f"refused the DSN's key; {_COPY}",
    404: f"does not know the project; {_COPY}",
    405: f"accepts no events at this address; {_COPY}",
    413: "refused the event as too large; raise its limit, or ignore known findings",
    429: "accepts no more events (rate limit or quota); raise the project's quota or retry later",
}


def refusal(host: str, status: int) -> str:
    """Return the meaning of a status that is not 2xx, and the fix."""
    meaning = _REFUSALS.get(status, "sent an unexpected response; check the DSN")
    if 300 <= status < 400:
        meaning = "redirected; update the DSN"
    elif status >= 500:
        meaning = "had a server error; retry later"
    return f"{host} {meaning} (HTTP {status})"


def retry_after(response: Response) -> float | None:
    """Return the seconds that a response asks to wait; None if it does not say."""
    return _seconds(response.headers.get("retry-after", ""))


class RateLimits:
    """The limits that responses have named, per category of envelope items."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._limits: dict[str, tuple[float, str]] = {}

    def learn(self, response: Response) -> None:
        """Remember the limits that a response of any status names."""
        limits = list(_named(response.headers.get("x-sentry-rate-limits", "")))
        if not limits and response.status == 429:
            seconds = retry_after(response)
            limits = [(_DEFAULT if seconds is None else seconds, "")]
        reason = "rate limit or quota, HTTP 429" if response.status == 429 else "rate limit"
        for seconds, category in limits:
            message = (
                f"{self._host} accepts no more for {seconds:.0f} s ({reason}); raise the "
                "project's quota or retry later"
            )
            self._limits[category] = (time.monotonic() + seconds, message)

    def require(self, category: str) -> None:
        """Raise RetryableError as long as a category is limited."""
        limits = (self._limits.get(name, (0.0, "")) for name in (category, ""))
        until, message = max(limits)
        if (wait := until - time.monotonic()) > 0:
            raise RetryableError(message, 429, wait=wait, unclear=False)


def _named(header: str) -> Iterator[tuple[float, str]]:
    """Yield the seconds per category of a header such as `60:error;default:key, 90::org`.

    The category "" stands for all. The SDK's own parser is private, and differs among versions.
    """
    for limit in header.split(","):
        number, _, rest = limit.strip().partition(":")
        if (seconds := _seconds(number)) is not None:
            for category in rest.partition(":")[0].split(";"):
                yield seconds, category.strip()


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text.strip()) else None
