"""Posts to an incoming webhook, whose messages cannot be changed: one per change, or per run."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from drift import __version__
from drift.formats import Options
from drift.report.ages import FRESH
from drift.report.report import Check
from drift.reporters import credentials
from drift.reporters.http.receiver import Receiver, Request
from drift.reporters.http.retries import Clock, Retries
from drift.reporters.slack import texts
from drift.reporters.slack.api import BETWEEN_WRITES
from drift.reporters.slack.destination import Incoming
from drift.reporters.slack.errors import failure
from drift.reporters.slack.messages import plain
from drift.reporters.slack.texts import Text

_PATIENCE = 3
"""The number of timeouts that failed attempts and waiting may take together."""


class IncomingWebhook:
    """Posts to one incoming webhook; `timeout` in seconds is for one attempt."""

    def __init__(
        self, known: Incoming, environment: Mapping[str, str], timeout: float, clock: Clock
    ) -> None:
        hidden = [known.url, *credentials.parts(known.url)]
        self._url = known.url
        self._receiver = Receiver(
            known.url, environment, setting="slack.webhook_url", secrets=hidden
        )
        self._clock = clock
        # A message whose response was lost would be there twice.
        self._retries = Retries(
            host=self._receiver.host,
            timeout=timeout,
            patience=timeout * _PATIENCE,
            unclear=False,
            clock=clock,
        )
        self._last = -BETWEEN_WRITES

    def close(self) -> None:
        """Close the connections."""
        self._receiver.close()

    def sync(self, check: Check, options: Options, run: str, *, only_new: bool) -> str:
        """Post a message if something has changed; return the outcome. Raises RequestError."""
        if not _is_news(check, only_new=only_new):
            return "nothing has changed" if check.findings else "in sync"
        self.post(texts.message(check, options, run))
        return "posted a message"

    def post(self, text: Text) -> None:
        """Post a message. Raises RequestError."""
        body = msgspec.json.encode(plain(text))
        self._retries.run(lambda timeout: self._attempt(body, timeout))

    def _attempt(self, body: bytes, timeout: float) -> None:
        pause = self._last + BETWEEN_WRITES - self._clock.monotonic()
        if pause > 0:
            self._clock.sleep(pause)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"sqlalchemy-drift/{__version__}",
        }
        request = Request(method="POST", url=self._url, headers=headers, body=body)
        response = self._receiver.send(request, timeout)
        self._last = self._clock.monotonic()
        if response.status != 200:
            code = response.body[:200].decode(errors="replace").strip()
            raise failure(response, self._receiver, code, self._clock.now())


def _is_news(check: Check, *, only_new: bool) -> bool:
    """Return whether something has changed; without a history, whether something differs."""
    fresh = any(finding.status in FRESH for finding in check.findings)
    if only_new or check.changes is None:
        return fresh if only_new else bool(check.findings)
    return fresh or bool(check.changes.gone or check.changes.ignored)
