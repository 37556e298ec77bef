"""One GitHub issue per target, kept up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from drift.config import GitHub
from drift.report.report import Report
from drift.reporters.github.api import Api
from drift.reporters.github.issue_sync import IssueSync
from drift.reporters.github.issues import OwnIssues, token_account
from drift.reporters.github.probe import probe
from drift.reporters.github.repository import is_skipped, repository, run_url
from drift.reporters.http.receiver import Receiver
from drift.reporters.http.retries import Clock, RequestError
from drift.reporters.interface import Context, Delivery
from drift.reporters.memory import key
from drift.reporters.pull_requests import skipped

SKIPPED = skipped("github", "write issues for it")


class GitHubReporter:
    """Keeps one issue per target in a repository of GitHub's.

    Making one raises UsageError if the repository or the token is missing or malformed; for a
    pull request nothing is written, so nothing is needed.
    """

    def __init__(self, context: Context, clock: Clock | None = None) -> None:
        settings = context.settings.github
        self._context = context
        self._timeout = settings.timeout
        self._labels = settings.labels or GitHub().labels
        self._clock = clock or Clock()
        self.relies_on_history = context.settings.notifies_new("github")
        self._skipped = is_skipped(settings, context.environment)
        if not self._skipped:
            self._repository = repository(settings, context.environment)

    def start(self) -> Delivery:
        """Do nothing: an issue is about findings."""
        return Delivery()

    def deliver(self, report: Report) -> Delivery:
        """Bring the issues of all targets that were checked up to date."""
        if self._skipped:
            return SKIPPED
        notes: list[str] = []
        problems: list[str] = []
        if report.checks:
            with self._api() as api:
                try:
                    self._sync(api, report, notes, problems)
                except RequestError as problem:
                    problems.append(str(problem))
        for failure in report.failures:
            notes.append(f"{failure.target}: not checked, so its issue was left unchanged")
        return Delivery(notes=tuple(notes), problems=tuple(problems))

    def probe(self, *, send_test: bool) -> Delivery:
        """Check whether issues could be written; `send_test` opens one and closes it."""
        if self._skipped:
            return SKIPPED
        with self._api() as api:
            return probe(api, self._labels[0], send_test=send_test)

    def _sync(self, api: Api, report: Report, notes: list[str], problems: list[str]) -> None:
        """Add a sentence per target to the notes, or to the problems."""
        own = OwnIssues(api, token_account(api), self._labels[0])
        issues = own.of(report.checks)
        run = run_url(self._context.environment)
        sync = IssueSync(
            api,
            own,
            self._labels,
            self._context.options,
            run,
            only_new=self.relies_on_history,
        )
        for check in report.checks:
            try:
                done = sync.sync(check, issues.get(key(check.target), []))
                notes.append(f"{check.target}: {done}")
            except RequestError as problem:
                problems.append(f"{check.target}: {problem}")

    @contextmanager
    def _api(self) -> Iterator[Api]:
        token = self._repository.token
        receiver = Receiver(
            self._repository.api_url,
            self._context.environment,
            setting="github.api_url",
            secrets=(token,),
        )
        with closing(receiver):
            yield Api(self._repository, receiver, self._timeout, self._clock)
