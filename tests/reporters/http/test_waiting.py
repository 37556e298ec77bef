"""The header Retry-After: seconds or a date, and never more than a day."""

from __future__ import annotations

import pytest

from drift.reporters.http.receiver import Response
from drift.reporters.http.waiting import retry_after

NOW = 1_795_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("999999", 86400.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("Wed, 18 Nov 2026 11:06:50 GMT", 10.0),
        ("Wed, 18 Nov 2020 11:06:50 GMT", 0.0),
        ("Wed, 18 Nov 9999 11:06:50 GMT", 86400.0),
    ],
)
def test_the_seconds_to_wait(text: str, seconds: float | None) -> None:
    response = Response(429, {"retry-after": text}, b"", "https://x.example")
    assert retry_after(response, NOW) == seconds


def test_without_the_header_there_is_no_time() -> None:
    assert retry_after(Response(429, {}, b"", "https://x.example"), NOW) is None
