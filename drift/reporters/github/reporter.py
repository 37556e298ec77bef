"""One living GitHub issue for each target: opened, commented, closed and opened again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from drift.config import GitHub
from drift.report.report import Report
from drift.reporters.github import place
from drift.reporters.github.author import account
from drift.reporters.github.client import Client, Clock
from drift.reporters.github.errors import GitHubError
from drift.reporters.github.listing import Listing, Ours
from drift.reporters.github.probe import probe
from drift.reporters.github.state import key
from drift.reporters.github.thread import Thread
from drift.reporters.github.transport import Transport
from drift.reporters.interface import Context, Delivery

REFUSED = "nothing is written for pull requests, unless `pull_requests: true` says so"


class GitHubReporter:
    """Keeps one issue for each target in a repository of GitHub's.

    Making one raises UsageError where the repository or the token is missing or malformed; for a
    pull request nothing is written, so nothing is needed.
    """

    def __init__(self, context: Context, clock: Clock | None = None) -> None:
        settings = context.settings.github
        self._context = context
        self._settings = settings
        self._labels = settings.labels or GitHub().labels
        self._clock = clock or Clock()
        self._refused = place.is_refused(settings, context.environment)
        if not self._refused:
            self._place = place.find(settings, context.environment)

    def start(self) -> Delivery:
        """Do nothing: an issue is about what was found."""
        return Delivery()

    def deliver(self, report: Report) -> Delivery:
        """Bring the issues of all targets that were checked up to date."""
        if self._refused:
            return Delivery(notes=(REFUSED,))
        told = tuple(
            f"{failure.target}: not checked, so its issue is left as it is"
            for failure in report.failures
        )
        if not report.checks:
            return Delivery(notes=told)
        with self._client() as client:
            try:
                listing = Listing(client, account(client), self._labels[0])
                issues = listing.of(report.checks)
            except GitHubError as problem:
                return Delivery(notes=told, problems=(str(problem),))
            outcomes = list(self._keep(client, report, listing, issues))
        notes = (text for text, arrived in outcomes if arrived)
        problems = (text for text, arrived in outcomes if not arrived)
        return Delivery(notes=(*notes, *told), problems=tuple(problems))

    def probe(self, *, send_test: bool) -> Delivery:
        """Tell whether issues could be written; `send_test` opens one and closes it."""
        if self._refused:
            return Delivery(notes=(REFUSED,))
        with self._client() as client:
            return probe(client, self._labels[0], send_test=send_test)

    def _keep(
        self, client: Client, report: Report, listing: Listing, issues: Ours
    ) -> Iterator[tuple[str, bool]]:
        """Yield a sentence for each target, and whether its issue says what was found."""
        run = place.run_url(self._context.environment)
        thread = Thread(client, listing, self._labels, self._context.options, run)
        for check in report.checks:
            try:
                done = thread.keep(check, issues.get(key(check.target), []))
                yield f"{check.target}: {done}", True
            except GitHubError as problem:
                yield f"{check.target}: {problem}", False

    @contextmanager
    def _client(self) -> Iterator[Client]:
        with closing(Transport(self._place, self._context.environment)) as transport:
            yield Client(self._place, transport, self._settings.timeout, self._clock)
