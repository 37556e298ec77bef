"""One channel, reports to it, and its messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drift.config import Settings, Slack
from drift.formats import Options
from drift.report.report import Check, Report
from drift.reporters.interface import Context, Delivery
from drift.reporters.slack.reporter import SlackReporter
from tests.reporters.github.shop import Time
from tests.reporters.slack.block_kit import shown
from tests.reporters.slack.workspace import HOOK, TOKEN, Fault, Workspace

RUN = "https://gitlab.example.com/acme/shop/-/jobs/4711"


class Channel:
    """A channel in the emulator, reached through the proxy."""

    def __init__(self, workspace: Workspace, channel: str) -> None:
        self.workspace = workspace
        self.id = channel
        self.time = Time()

    def reporter(
        self, environment: Mapping[str, str] = {}, notify: str = "all", **settings: Any
    ) -> SlackReporter:
        section = {"token": TOKEN, "channel": self.id, "api_url": f"{self.workspace.url}/api"}
        context = Context(
            settings=Settings(targets=(), slack=Slack(**(section | settings)), notify=notify),
            environment={"CI_JOB_URL": RUN, **environment},
            options=Options(links="https://git.example.com/acme/shop/blob/abc/"),
        )
        return SlackReporter(context, self.time.clock())

    def deliver(self, *checks: Check, **settings: Any) -> Delivery:
        return self.reporter(**settings).deliver(Report(checks=checks))

    def hooked(self, *checks: Check, notify: str = "all", **settings: Any) -> Delivery:
        """Deliver to the incoming webhook of the workspace."""
        section = {"channel": None, "webhook_url": self.workspace.url + HOOK}
        return self.deliver(*checks, notify=notify, **(section | settings))

    def fail(self, method: str, **fault: Any) -> None:
        self.workspace.faults.append(Fault(method=method, **fault))

    def flow(self) -> list[str]:
        """Return the methods since the last call."""
        methods = [seen.method for seen in self.workspace.seen]
        self.workspace.seen.clear()
        return methods

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages in the channel, the oldest first; replies are not among them."""
        result = self.workspace.ask("conversations.history", channel=self.id, limit=1000)
        return sorted(result["messages"], key=lambda message: str(message["ts"]))

    def message(self) -> dict[str, Any]:
        [message] = self.messages()
        return message

    def replies(self) -> list[dict[str, Any]]:
        ts = self.message()["ts"]
        result = self.workspace.ask("conversations.replies", channel=self.id, ts=ts)["messages"]
        replies: list[dict[str, Any]] = [message for message in result if message["ts"] != ts]
        return replies

    def text(self) -> str:
        return shown(self.message())
