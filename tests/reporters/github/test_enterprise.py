"""GitHub Enterprise: its API below a path or on a host of its own, and links to its pages."""

from __future__ import annotations

import pytest

from drift.config import GitHub
from drift.errors import UsageError
from drift.formats import Options
from drift.output import github_actions
from drift.report.report import Report
from drift.reporters.github.issue_text import body
from drift.reporters.github.repository import Repository, api_of, repository, run_url
from drift.reporters.memory import state
from tests.reporters.github.emulator import BOTS_TOKEN
from tests.reporters.github.proxy import PREFIX
from tests.reporters.github.shop import Shop, drift

SERVER = "https://github.example.com"
WORKFLOW = {
    "GITHUB_SERVER_URL": SERVER,
    "GITHUB_API_URL": f"{SERVER}/api/v3",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_SHA": "abc123",
    "GITHUB_RUN_ID": "7",
    "GITHUB_TOKEN": "t",
}


def test_an_issue_lives_its_whole_life_below_the_path(shop: Shop) -> None:
    reporter = shop.reporter({"GITHUB_API_URL": shop.proxy.url + PREFIX})
    notes: list[str] = []
    for check in (drift("role"), drift("role"), drift("age"), drift(), drift("role")):
        done = reporter.deliver(Report(checks=(check,)))
        assert done.problems == ()
        notes += done.notes
    issue = f"{shop.name}#1"
    assert notes == [
        f"production: opened {issue}",
        f"production: {issue} is unchanged",
        f"production: updated {issue}",
        f"production: closed {issue}",
        f"production: reopened {issue}",
    ]
    assert len(shop.comments()) == 3
    assert all(path.startswith(f"{PREFIX}/") for path in shop.proxy.asked)


def test_the_account_of_a_workflows_token_is_asked_for_beside_the_path(shop: Shop) -> None:
    reporter = shop.reporter(
        {"GITHUB_API_URL": shop.proxy.url + PREFIX, "GITHUB_TOKEN": BOTS_TOKEN}
    )
    assert reporter.deliver(Report(checks=(drift("role"),))).problems == ()
    assert shop.proxy.graphql == ["/api/graphql"]


def test_further_pages_stay_below_the_path(shop: Shop) -> None:
    link = f'<{SERVER}/api/v3/repositories/7/issues?page=2>; rel="next"'
    shop.fail("GET", "/issues", status=200, text="[]", headers={"Link": link})
    reporter = shop.reporter({"GITHUB_API_URL": shop.proxy.url + PREFIX})
    assert reporter.deliver(Report(checks=(drift(),))).problems == ()
    issues = f"{PREFIX}/repos/{shop.name}/issues"
    assert [path for path in shop.proxy.asked if path.endswith("/issues")] == [issues] * 3


def test_the_doctor_works_below_the_path(shop: Shop) -> None:
    reporter = shop.reporter({"GITHUB_API_URL": shop.proxy.url + PREFIX})
    done = reporter.probe(send_test=True)
    assert done.problems == ()
    assert done.notes[-1] == f"opened and closed the test issue {shop.name}#1"
    assert all(path.startswith(f"{PREFIX}/") for path in shop.proxy.asked)


def test_the_links_of_an_issue_lead_to_the_server() -> None:
    options = Options(links=github_actions.links(WORKFLOW))
    check = drift("role")
    text = body(check, state(check), options, run_url(WORKFLOW))
    assert f"]({SERVER}/acme/shop/blob/abc123/app/models.py#L14)" in text
    assert f"]({SERVER}/acme/shop/actions/runs/7)" in text
    assert "https://github.com" not in text


SERVERS = [
    ("https://github.com", "https://api.github.com", "https://api.github.com/graphql"),
    ("", "https://api.github.com", "https://api.github.com/graphql"),
    ("nonsense", "https://api.github.com", "https://api.github.com/graphql"),
    ("https://acme.ghe.com/", "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
    (SERVER, f"{SERVER}/api/v3", f"{SERVER}/api/graphql"),
    ("http://git.lan:8080/", "http://git.lan:8080/api/v3", "http://git.lan:8080/api/graphql"),
]


@pytest.mark.parametrize(("server", "api", "graphql"), SERVERS)
def test_the_api_follows_from_the_server(server: str, api: str, graphql: str) -> None:
    assert api_of(server) == api
    known = repository(GitHub(), {**WORKFLOW, "GITHUB_API_URL": "", "GITHUB_SERVER_URL": server})
    assert (known.api_url, known.graphql_url) == (api, graphql)


def test_the_address_of_the_workflow_comes_first() -> None:
    assert repository(GitHub(), WORKFLOW).api_url == f"{SERVER}/api/v3"
    residency = {"GITHUB_API_URL": "https://api.acme.ghe.com", "GITHUB_SERVER_URL": SERVER}
    assert repository(GitHub(), WORKFLOW | residency).api_url == "https://api.acme.ghe.com"


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://GitHub.com/acme", "https://api.github.com"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://acme.ghe.com/api/v3", "https://api.acme.ghe.com"),
    ],
)
def test_the_address_for_browsers_is_refused_with_the_right_one(url: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"GITHUB_API_URL to {meant}$"):
        repository(GitHub(api_url=url), WORKFLOW)


def test_a_repository_shows_no_token() -> None:
    assert repr(Repository(name="a/b", api_url=SERVER, token="t0ken")) == "Repository()"
