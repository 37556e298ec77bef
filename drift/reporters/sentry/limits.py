"""What an answer of Sentry's means, and for how long it wants to be left alone."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator

from drift.reporters.sentry.wire import Answer

_WITHOUT_A_NUMBER = 60.0
_REFUSALS = {
    400: "did not understand it; is the DSN whole, and is that a Sentry?",
    401: "refused the DSN's key; copy the DSN again from the project's settings",
    403: "refused the DSN's key; copy the DSN again from the project's settings",
    404: "knows no such project; copy the DSN again from the project's settings",
    405: "takes no events at this address; copy the DSN again from the project's settings",
    413: "says that it is too large; raise the receiver's limit, or ignore what is known",
    429: "takes no more for now (rate limit or quota); raise the project's quota, or wait",
}
LASTING = frozenset({401, 403, 404, 405})
"""Refusals that the next envelope would get as well."""


def refusal(host: str, status: int) -> str:
    """Return what a status that is not 2xx means, and what to do."""
    words = _REFUSALS.get(status)
    if words is None and 300 <= status < 400:
        words = "is somewhere else now; write its new address into the DSN"
    elif words is None and status >= 500:
        words = "has trouble of its own; run the check again when that is over"
    return f"{host} {words or 'gave an answer that nobody expects'} (HTTP {status})"


def retry_after(answer: Answer) -> float | None:
    """Return the seconds that an answer names itself."""
    return _seconds(answer.headers.get("retry-after", ""))


class Limits:
    """The receiver's rate limits, which this side keeps by itself."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, tuple[float, float, str]] = {}

    def learn(self, answer: Answer) -> None:
        """Remember what an answer of any status asks for."""
        found = list(_limits(answer))
        if not found and answer.status == 429:
            named = retry_after(answer)
            found = [(_WITHOUT_A_NUMBER if named is None else named, "")]
        why = "rate limit or quota, HTTP 429" if answer.status == 429 else "rate limit"
        for seconds, category in found:
            self._until[category] = (self._clock() + seconds, seconds, why)

    def left(self, category: str) -> float:
        """Return for how many seconds nothing of a category is to be sent."""
        return max(0.0, self._longest(category)[0] - self._clock())

    def reason(self, host: str, category: str) -> str:
        """Return what the limit of a category means, and what to do."""
        _, seconds, why = self._longest(category)
        return (
            f"{host} takes no more for {seconds:.0f} s ({why}); raise the project's quota, or wait"
        )

    def _longest(self, category: str) -> tuple[float, float, str]:
        none = (0.0, 0.0, "")
        return max(self._until.get(category, none), self._until.get("", none))


def _limits(answer: Answer) -> Iterator[tuple[float, str]]:
    """Yield the seconds for each category; "" stands for all."""
    for limit in answer.headers.get("x-sentry-rate-limits", "").split(","):
        seconds, _, rest = limit.strip().partition(":")
        found = _seconds(seconds)
        if found is not None:
            for category in rest.partition(":")[0].split(";"):
                yield found, category.strip()


def _seconds(text: str) -> float | None:
    text = text.strip()
    return float(math.ceil(float(text))) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) else None
