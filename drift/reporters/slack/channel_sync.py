"""Brings the one message of a target up to date with its check: posted, updated, in sync."""

from __future__ import annotations

from drift.formats import Options
from drift.report.ages import FRESH
from drift.report.report import Check
from drift.reporters.memory import State, differences, is_uncertain, state
from drift.reporters.slack import texts
from drift.reporters.slack.errors import GONE, SlackError
from drift.reporters.slack.messages import Message, Messages


class ChannelSync:
    """Keeps one message per target. With `only_new`, only new findings cause a reply."""

    def __init__(self, messages: Messages, options: Options, run: str, *, only_new: bool) -> None:
        self._messages = messages
        self._options = options
        self._run = run
        self._only_new = only_new

    def sync(self, check: Check, message: Message | None) -> str:
        """Bring the target's message up to date and return the outcome. Raises RequestError."""
        now = state(check)
        if message is None:
            return self._post(check, now) if check.findings else "in sync; there is no message"
        before = message.state
        if before and before.findings == now.findings:
            if before.content == now.content or not check.findings:
                return "in sync" if not check.findings else "the message is unchanged"
            return self._update(check, message, now, "updated the text of the message")
        if is_uncertain(check, before, now):
            return "the message was left unchanged: not everything could be read"
        return self._change(check, message, before, now)

    def _change(self, check: Check, message: Message, before: State | None, now: State) -> str:
        """Write other findings than before into a message, after a reply that names them."""
        done = "updated the message" if check.findings else "marked the message as in sync"
        if self._only_new and not any(finding.status in FRESH for finding in check.findings):
            done += ", without a reply: no finding is new"
        else:
            text = texts.reply(check, before, now, self._run)
            self._messages.reply(message, text, broadcast=_has_new(before, now))
        return self._update(check, message, now, done)

    def _update(self, check: Check, message: Message, now: State, done: str) -> str:
        """Change the message, or post another one if that is gone."""
        text = texts.message(check, self._options, self._run)
        try:
            self._messages.update(message, check.target, text, now)
        except SlackError as problem:
            if problem.code not in GONE:
                raise
            return f"{self._post(check, now)} in place of one that cannot be changed"
        return done

    def _post(self, check: Check, now: State) -> str:
        text = texts.message(check, self._options, self._run)
        self._messages.post(check.target, text, now)
        return "posted a message"


def _has_new(before: State | None, now: State) -> bool:
    """Return whether a finding is new, or may be."""
    known = differences(before, now)
    return bool(now.entries) if known is None else bool(known[0])
