"""The sections of the receivers: real files in, settings out, every problem with its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from drift import config
from drift.config import GitHub, Monitor, Sentry, Settings, Slack, Webhook
from drift.errors import ConfigurationError

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    monkeypatch.chdir(tmp_path)

    def load(
        text: str, *reports: str, environment: Mapping[str, str] | None = None
    ) -> config.Settings:
        path = tmp_path / "drift.yaml"
        path.write_text(f"models: app:Base\n{text}")
        return config.load(path, environment=environment or {}, known_rules={}, reports=reports)

    return load


def problem(load: Load, text: str, *reports: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(text, *reports)
    [line] = str(caught.value).splitlines()
    return line


def test_without_sections_the_defaults_hold(load: Load) -> None:
    settings = load("")
    assert settings.sentry == Sentry()
    assert settings.github == GitHub(labels=("schema-drift",))


def test_everything_can_be_said(load: Load) -> None:
    settings = load(
        """
sentry:
  dsn: https://key@sentry.example.com/1
  environment: production
  release: shop@1.2
  timeout: 3s
  monitor: {slug: nightly-drift, schedule: "17  4 * * *", timezone: Europe/Paris,
            checkin_margin: 8h, max_runtime: 20m}
github:
  repository: acme/shop
  token: secret
  api_url: https://github.example.com/api/v3
  labels: [bug, database, critical]
  timeout: 4
  pull_requests: true
"""
    )
    assert settings.sentry == Sentry(
        dsn="https://key@sentry.example.com/1",
        environment="production",
        release="shop@1.2",
        timeout=3,
        monitor=Monitor(
            slug="nightly-drift",
            schedule="17 4 * * *",
            timezone="Europe/Paris",
            checkin_margin=8 * 3600,
            max_runtime=1200,
        ),
    )
    assert settings.github == GitHub(
        repository="acme/shop",
        token="secret",
        api_url="https://github.example.com/api/v3",
        labels=("bug", "database", "critical"),
        timeout=4,
        pull_requests=True,
    )


def test_all_keys_of_slack_and_the_webhook_are_read(load: Load) -> None:
    settings = load(
        """
slack:
  token: ${TOKEN}
  channel: C0123456789
  webhook_url: https://hooks.slack.com/services/T/B/x
  api_url: https://slack-gov.com/api
  timeout: 3s
  notify: new
webhook:
  url: http://localhost:8080/drift
  secret: ${TOKEN}
  headers: {Authorization: "Bearer ${TOKEN}", X-Team: database}
  timeout: 500ms
  notify: all
""",
        *("slack", "webhook"),
        environment={"TOKEN": "xoxb-1"},
    )
    assert settings.slack == Slack(
        token="xoxb-1",
        channel="C0123456789",
        webhook_url="https://hooks.slack.com/services/T/B/x",
        api_url="https://slack-gov.com/api",
        timeout=3,
        notify="new",
    )
    assert settings.webhook == Webhook(
        url="http://localhost:8080/drift",
        secret="xoxb-1",
        headers={"Authorization": "Bearer xoxb-1", "X-Team": "database"},
        timeout=0.5,
        notify="all",
    )


def test_variables_are_only_demanded_for_the_reports_that_are_sent(load: Load) -> None:
    text = "sentry: {dsn: '${SENTRY_DSN}'}\ngithub: {token: '${TOKEN}'}"
    assert load(text).sentry.dsn is None
    assert load(text, "github", environment={"TOKEN": "t"}).github.token == "t"
    assert "drift.yaml:2: sentry.dsn" in problem(load, text, "sentry")
    assert "SENTRY_DSN" in problem(load, text, "sentry")


def test_a_monitor_needs_a_slug_and_a_schedule(load: Load) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load("sentry:\n  monitor:\n    timezone: UTC")
    lines = str(caught.value).splitlines()
    assert [line.partition(": missing")[0] for line in lines] == [
        "drift.yaml:3: sentry.monitor.slug",
        "drift.yaml:3: sentry.monitor.schedule",
    ]


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("sentry: {monitor: {slug: A B, schedule: 1 2 * * *}}", "monitor.slug", "a-z"),
        ("sentry: {monitor: {slug: a, schedule: daily}}", "monitor.schedule", "five fields"),
        ("sentry: {environment: a/b}", "sentry.environment", "without '/'"),
        ("sentry: {environment: None}", "sentry.environment", "an environment"),
        ("sentry: {timeout: 2h}", "sentry.timeout", "from 1ms to 60m"),
        ("github: {repository: shop}", "github.repository", "owner/name"),
        ("github: {api_url: ftp://x}", "github.api_url", "https://"),
        ("github: {api_url: 'https://me:secret@x/y'}", "github.api_url", "an address"),
        ("github: {labels: ['a,b']}", "github.labels[0]", "without commas"),
        ("github: {pull_requests: maybe}", "github.pull_requests", "true nor false"),
        ("github: {mentions: x}", "github.mentions", "unknown key"),
        ("sentry: [x]", "sentry", "expected a mapping"),
        ("webhook: {url: 'http://x.example/secret'}", "webhook.url", "is not encrypted"),
        ("webhook: {url: 'ftp://x.example/secret'}", "webhook.url", "https://HOST/PATH"),
        ("webhook: {url: 'https://me:secret@x.example'}", "webhook.url", "user or password"),
        ("webhook: {url: 'https://x.example/secret#a'}", "webhook.url", "is not an address"),
        ("webhook: {secret: 'passwörd'}", "webhook.secret", "printable ASCII"),
        ("webhook: {headers: {'X Y': a}}", "webhook.headers", "letters, digits"),
        ("webhook: {headers: {Content-Length: '1'}}", "webhook.headers", "sets this header"),
        ("webhook: {headers: {x-drift-event: a}}", "webhook.headers", "sets this header"),
        ("webhook: {headers: {A: 'passwörd'}}", "webhook.headers.A", "printable ASCII"),
        ("webhook: {headers: [secret]}", "webhook.headers", "expected a mapping"),
        ("slack: {channel: '#alerts'}", "slack.channel", "such as C0123456789"),
        ("slack: {webhook_url: 'http://hooks.slack.com/secret'}", "slack.webhook_url", "encrypt"),
        ("slack: {api_url: slack.com}", "slack.api_url", "an address"),
        ("slack: {timeout: 0}", "slack.timeout", "from 1ms to 60m"),
        ("slack: {notify: none}", "slack.notify", "neither all nor new"),
        ("sentry: {monitor: {slug: a, schedule: 1 2 * * *, checkin_margin: 10s}}", "margin", "1m"),
    ],
)
def test_what_cannot_be_is_named_with_its_line(load: Load, text: str, key: str, hint: str) -> None:
    line = problem(load, text)
    assert line.startswith("drift.yaml:2: ")
    assert key in line
    assert hint in line
    assert "secret" not in line.replace("webhook.secret", "")


def test_a_secret_is_not_in_the_settings_repr() -> None:
    settings = Settings(
        targets=(),
        sentry=Sentry(dsn="https://k3y@x/1"),
        github=GitHub(token="t0ken"),
        slack=Slack(token="t0ken", webhook_url="https://x/k3y"),
        webhook=Webhook(url="https://x/k3y", secret="t0ken", headers={"A": "k3y"}),
    )
    assert "k3y" not in repr(settings)
    assert "t0ken" not in repr(settings)
