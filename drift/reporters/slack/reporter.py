"""One Slack message per target, kept up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from drift.report.report import Check, Report
from drift.reporters.http.receiver import Receiver
from drift.reporters.http.retries import Clock, RequestError
from drift.reporters.interface import Context, Delivery
from drift.reporters.memory import key
from drift.reporters.pull_requests import is_pull_request, skipped
from drift.reporters.run_link import run_link
from drift.reporters.slack.api import Api
from drift.reporters.slack.channel_sync import ChannelSync
from drift.reporters.slack.destination import Channel, Incoming, channel, destination
from drift.reporters.slack.incoming import IncomingWebhook
from drift.reporters.slack.messages import Messages
from drift.reporters.slack.probe import probe_channel, probe_incoming

SKIPPED = skipped("slack", "post messages for it")


class SlackReporter:
    """Keeps messages in a channel, or posts to an incoming webhook.

    Making one raises UsageError if neither is set, or something is malformed; for a pull request
    nothing is posted, so nothing is needed.
    """

    def __init__(self, context: Context, clock: Clock | None = None) -> None:
        settings = context.settings.slack
        self._skipped = is_pull_request(context.environment) and not settings.pull_requests
        self._context = context
        self._timeout = settings.timeout
        self._clock = clock or Clock()
        self._only_new = context.settings.notifies_new("slack")
        # a skipped run may lack the address of the incoming webhook that the next run posts to
        without_channel = not channel(settings, context.environment)
        self.relies_on_history = self._only_new or without_channel
        if not self._skipped:
            self._destination = destination(settings, context.environment)

    def start(self) -> Delivery:
        """Do nothing: a message is about findings."""
        return Delivery()

    def deliver(self, report: Report) -> Delivery:
        """Bring the messages of all targets that were checked up to date."""
        if self._skipped:
            return SKIPPED
        notes: list[str] = []
        problems: list[str] = []
        if report.checks:
            try:
                with self._sync(report) as sync:
                    _each(report, sync, notes, problems)
            except RequestError as problem:
                problems.append(str(problem))
        for failure in report.failures:
            notes.append(f"{failure.target}: not checked, so its message was left unchanged")
        return Delivery(notes=tuple(notes), problems=tuple(problems))

    def probe(self, *, send_test: bool) -> Delivery:
        """Check whether messages could be posted; `send_test` posts one."""
        if self._skipped:
            return SKIPPED
        if isinstance(self._destination, Incoming):
            with self._incoming(self._destination) as webhook:
                return probe_incoming(webhook, send_test=send_test)
        with self._api(self._destination) as api:
            return probe_channel(api, send_test=send_test)

    @contextmanager
    def _sync(self, report: Report) -> Iterator[Callable[[Check], str]]:
        """Yield the function that brings the message of a target up to date."""
        options, run = self._context.options, run_link(self._context.environment)
        if isinstance(self._destination, Incoming):
            with self._incoming(self._destination) as webhook:
                yield lambda check: webhook.sync(check, options, run, only_new=self._only_new)
            return
        with self._api(self._destination) as api:
            messages = Messages(api)
            known = messages.of([check.target for check in report.checks])
            sync = ChannelSync(messages, options, run, only_new=self._only_new)
            yield lambda check: sync.sync(check, known.get(key(check.target)))

    @contextmanager
    def _incoming(self, known: Incoming) -> Iterator[IncomingWebhook]:
        environment = self._context.environment
        with closing(IncomingWebhook(known, environment, self._timeout, self._clock)) as webhook:
            yield webhook

    @contextmanager
    def _api(self, known: Channel) -> Iterator[Api]:
        receiver = Receiver(
            known.api_url,
            self._context.environment,
            setting="slack.api_url",
            secrets=(known.token,),
        )
        with closing(receiver):
            yield Api(known, receiver, self._timeout, self._clock)


def _each(
    report: Report, sync: Callable[[Check], str], notes: list[str], problems: list[str]
) -> None:
    """Add a sentence per target to the notes, or to the problems."""
    for check in report.checks:
        try:
            notes.append(f"{check.target}: {sync(check)}")
        except RequestError as problem:
            problems.append(f"{check.target}: {problem}")
