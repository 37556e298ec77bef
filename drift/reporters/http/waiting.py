"""The time that a response asks to wait before the next request."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from drift.reporters.http.receiver import Response

_LONGEST = 86400.0


def retry_after(response: Response, now: float) -> float | None:
    """Return the seconds of the header Retry-After, at most a day; None if it does not say.

    The header holds seconds or a date; `now` is in seconds since 1970.
    """
    text = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        return min(float(text), _LONGEST)
    try:
        moment = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(moment - now, 0.0), _LONGEST)
