"""The settings that GitHub's issues need, and runs that write none."""

from __future__ import annotations

import pytest

from drift.config import GitHub, Settings
from drift.errors import UsageError
from drift.report.report import Report
from drift.reporters import resolve
from drift.reporters.github.reporter import SKIPPED, GitHubReporter
from drift.reporters.github.repository import repository, run_url
from drift.reporters.interface import Context, Delivery
from tests.reporters.github.shop import Shop, drift

REPORT = Report(checks=(drift("role"),))
KNOWN = {"GITHUB_REPOSITORY": "acme/shop", "GITHUB_TOKEN": "ghp_secret"}


def made(environment: dict[str, str], **settings: object) -> GitHubReporter:
    github = GitHub(**settings)  # type: ignore[arg-type]
    return GitHubReporter(
        Context(settings=Settings(targets=(), github=github), environment=environment)
    )


def test_the_list_of_reporters_leads_here() -> None:
    assert resolve("github") is GitHubReporter


def test_github_gets_nothing_before_the_checks() -> None:
    assert made(KNOWN).start() == Delivery()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"GITHUB_REPOSITORY": ""}, "no repository; set github.repository or GITHUB_REPOSITORY"),
        ({"GITHUB_REPOSITORY": "shop"}, "'shop' is not a repository; write owner/name"),
        ({"GITHUB_REPOSITORY": "acme/.."}, "'acme/..' is not a repository"),
        ({"GITHUB_REPOSITORY": "acme/shop/issues?x="}, "is not a repository"),
        ({"GITHUB_TOKEN": ""}, "no token; set github.token, GITHUB_TOKEN or GH_TOKEN"),
        ({"GITHUB_TOKEN": " \n"}, "no token"),
        ({"GITHUB_TOKEN": "ghp_secret\nX-Evil: 1"}, "the token contains invalid characters"),
        ({"GITHUB_TOKEN": "ghp_sécret"}, "the token contains invalid characters"),
        ({"GITHUB_API_URL": "api.github.com"}, "the API's address is not valid"),
        ({"GITHUB_API_URL": "https://me:secret@example.com"}, "the API's address is not valid"),
        ({"GITHUB_API_URL": "https://example.com:99999"}, "the API's address is not valid"),
        ({"GITHUB_API_URL": "https://[::1/x"}, "the API's address is not valid"),
    ],
)
def test_missing_or_malformed_settings_are_reported_before_the_checks(
    changes: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        made(KNOWN | changes)
    text = str(raised.value)
    assert text.startswith("github: ")
    assert message in text
    assert "secret" not in text
    assert "\n" not in text


def test_the_settings_come_before_the_environment() -> None:
    settings = GitHub(repository="me/it", token="mine", api_url="https://ghe.example.com/api/v3/")
    found = repository(settings, KNOWN | {"GITHUB_API_URL": "https://other.example.com"})
    assert (found.name, found.token) == ("me/it", "mine")
    assert found.api_url == "https://ghe.example.com/api/v3"


def test_without_an_address_it_is_the_public_one() -> None:
    found = repository(GitHub(), {"GITHUB_REPOSITORY": "acme/shop", "GH_TOKEN": " other\n"})
    assert (found.api_url, found.token) == ("https://api.github.com", "other")
    assert "other" not in repr(found)


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "merge_group"])
def test_nothing_is_written_for_pull_requests(shop: Shop, event: str) -> None:
    reporter = shop.reporter({"GITHUB_EVENT_NAME": event})
    assert reporter.deliver(REPORT) == SKIPPED
    assert reporter.probe(send_test=True) == SKIPPED
    assert shop.flow() == []


def test_a_pull_request_of_a_fork_needs_no_token() -> None:
    reporter = made({"GITHUB_EVENT_NAME": "pull_request"})
    assert reporter.deliver(REPORT) == SKIPPED


def test_pull_requests_may_be_allowed(shop: Shop) -> None:
    reporter = shop.reporter({"GITHUB_EVENT_NAME": "pull_request"}, pull_requests=True)
    assert reporter.deliver(REPORT).notes == (f"production: opened {shop.name}#1",)


def test_a_scheduled_run_writes(shop: Shop) -> None:
    reporter = shop.reporter({"GITHUB_EVENT_NAME": "schedule"})
    assert reporter.deliver(REPORT).notes == (f"production: opened {shop.name}#1",)


@pytest.mark.parametrize("lacking", ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"])
def test_the_run_is_linked_if_all_of_it_is_known(lacking: str) -> None:
    known = {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_RUN_ID": "12",
    }
    assert run_url(known) == "https://github.com/acme/shop/actions/runs/12"
    assert run_url({**known, lacking: ""}) == ""
    assert run_url({**known, lacking: "](evil)"}) == ""
