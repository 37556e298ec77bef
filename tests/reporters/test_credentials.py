"""The variables that are removed from the environment before models are imported."""

from __future__ import annotations

import pytest

from drift.config import GitHub, Settings, Slack, Webhook
from drift.reporters import credentials

NOTHING = Settings(targets=())
TOKEN = Settings(targets=(), github=GitHub(token="t"))
WEBHOOK = Settings(
    targets=(),
    webhook=Webhook(
        url="https://x/1",
        secret="k",
        headers={"Authorization": "Bearer zxcvbnm-1234", "X-Team": "database"},
    ),
)
CASES = {
    "nothing asked for": ({"GITHUB_TOKEN": "t", "SENTRY_DSN": "d"}, NOTHING, (), ()),
    "a report to Sentry": ({"GITHUB_TOKEN": "t", "SENTRY_DSN": "d"}, NOTHING, ("sentry",), ()),
    "the usual token": ({"GITHUB_TOKEN": "t"}, NOTHING, ("github",), ("GITHUB_TOKEN",)),
    "the other token": ({"GH_TOKEN": " t\n"}, NOTHING, ("github",), ("GH_TOKEN",)),
    "not the unused": (
        {"GITHUB_TOKEN": "t", "GH_TOKEN": "u"},
        NOTHING,
        ("github",),
        ("GITHUB_TOKEN",),
    ),
    "by its value": ({"MINE": "t", "X": "u", "GH_TOKEN": "u"}, TOKEN, ("github",), ("MINE",)),
    "drift's own": (
        {"DRIFT_GITHUB_TOKEN": "t", "DRIFT_SENTRY_DSN": "d", "GITHUB_TOKEN": "u", "X": "t"},
        NOTHING,
        ("github",),
        ("DRIFT_GITHUB_TOKEN", "DRIFT_SENTRY_DSN", "X"),
    ),
    "drift's own, not asked for": (
        {"DRIFT_GITHUB_TOKEN": "t", "DRIFT_SENTRY_DSN": "d", "DRIFT_CHECK_DATABASE": "u", "X": "t"},
        NOTHING,
        (),
        ("DRIFT_GITHUB_TOKEN", "DRIFT_SENTRY_DSN", "DRIFT_CHECK_DATABASE"),
    ),
    "drift's own of other receivers": (
        {
            "DRIFT_SLACK_TOKEN": "t",
            "DRIFT_SLACK_WEBHOOK_URL": "u",
            "DRIFT_WEBHOOK_URL": "v",
            "DRIFT_WEBHOOK_SECRET": "w",
            "SLACK_BOT_TOKEN": "x",
        },
        NOTHING,
        (),
        (
            *("DRIFT_SLACK_TOKEN", "DRIFT_SLACK_WEBHOOK_URL", "DRIFT_WEBHOOK_URL"),
            "DRIFT_WEBHOOK_SECRET",
        ),
    ),
    "the token of Slack": (
        {"SLACK_BOT_TOKEN": "t", "A": "t", "SLACK_WEBHOOK_URL": "u", "B": "u", "C": "c"},
        NOTHING,
        ("slack",),
        ("SLACK_BOT_TOKEN", "A", "SLACK_WEBHOOK_URL", "B"),
    ),
    "the token of Slack, not asked for": ({"SLACK_BOT_TOKEN": "t"}, NOTHING, ("github",), ()),
    "the parts of a webhook": (
        {"A": "https://x/1", "B": "k", "C": "zxcvbnm-1234", "D": "Basic x", "TEAM": "database"},
        WEBHOOK,
        ("webhook",),
        ("A", "B", "C"),
    ),
    "an empty token": ({"GITHUB_TOKEN": "", "X": ""}, NOTHING, ("github",), ()),
}
"""The environment, the settings, the reports, and the names that are taken out."""


@pytest.mark.parametrize("case", CASES)
def test_only_what_is_ours_is_taken_out(case: str) -> None:
    environment, settings, reports, taken = CASES[case]
    rest = dict(environment)
    credentials.withhold(rest, settings, reports)
    assert environment.keys() - rest.keys() == set(taken)


def test_drifts_own_names_come_first() -> None:
    environment = {"DRIFT_SENTRY_DSN": "ours", "SENTRY_DSN": "theirs", "GITHUB_TOKEN": "theirs"}
    found = credentials.known(environment | {"DRIFT_GITHUB_TOKEN": ""})
    assert (found["SENTRY_DSN"], found["GITHUB_TOKEN"]) == ("ours", "theirs")


SET_UP = {
    "a token alone is the application's": ({"SLACK_BOT_TOKEN": "t"}, NOTHING, False),
    "a webhook alone is the application's": ({"SLACK_WEBHOOK_URL": "u"}, NOTHING, False),
    "a channel without a token": ({"DRIFT_SLACK_CHANNEL": "C1"}, NOTHING, False),
    "a token and a channel": ({"SLACK_BOT_TOKEN": "t", "DRIFT_SLACK_CHANNEL": "C1"}, NOTHING, True),
    "a webhook of drift's own": ({"DRIFT_SLACK_WEBHOOK_URL": "u"}, NOTHING, True),
    "a configured webhook": ({}, Settings(targets=(), slack=Slack(webhook_url="https://u")), True),
    "a configured channel": (
        {"SLACK_BOT_TOKEN": "t"},
        Settings(targets=(), slack=Slack(channel="C1")),
        True,
    ),
}


@pytest.mark.parametrize("case", SET_UP)
def test_the_doctor_only_looks_at_a_slack_that_is_there_for_drift(case: str) -> None:
    environment, settings, expected = SET_UP[case]
    known = credentials.known(environment)
    assert credentials.configured("slack", settings, known) is expected


PARTS = [
    ("https://k3y:s3cret@sentry.io/1", {"k3y", "s3cret"}),
    ("Bearer zxcvbnm-1234", {"zxcvbnm-1234"}),
    ("https://hooks.slack.com/services/T00000000/B00000000/xkcdqrzt", {"xkcdqrzt"}),
    ("https://x.example/hook?key=zxcvbnm-1234&mode=production", {"zxcvbnm-1234"}),
    ("https://x.example/notification_events/database-platform-team", set()),
    ("https://[::1/x", set()),
]


@pytest.mark.parametrize(("credential", "expected"), PARTS)
def test_the_parts_of_a_credential_are_secret_alone(credential: str, expected: set[str]) -> None:
    assert expected <= set(credentials.parts(credential))
    words = {"services", "hook", "production", "notification_events", "database-platform-team"}
    assert not words & set(credentials.parts(credential))


def test_ordinary_words_in_headers_are_no_secrets() -> None:
    headers = {"X-Team": "database-platform-team", "X-Api-Key": "swordfish", "A": "zxcvbnm-1234"}
    webhook = Webhook(url="https://x.example/1", headers=headers)
    found = set(credentials.secrets(Settings(targets=(), webhook=webhook), {}))
    assert {"swordfish", "zxcvbnm-1234"} <= found
    assert "database-platform-team" not in found
