"""The sources of the DSN, and the errors for a missing or invalid one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from drift.errors import UsageError
from tests.report.examples import finding, report
from tests.reporters.sentry.conftest import reporter
from tests.reporters.sentry.receiver import Receiver


def test_a_missing_dsn_is_reported_with_where_to_put_it() -> None:
    with pytest.raises(UsageError, match=r"no DSN for Sentry; set SENTRY_DSN, or sentry\.dsn"):
        reporter(None)


@pytest.mark.parametrize(
    "dsn",
    [
        "hunter2",
        "ftp://hunter2@sentry.example.com/1",
        "https://hunter2@sentry.example.com/shop",
        "https://hunter2@sentry.example.com:port/1",
        "https://hunter2@[::1/1",
        "https://sentry.example.com/1",
        "https://hunter2é@sentry.example.com/1",
        "https://hunter2@/1",
    ],
)
def test_an_invalid_dsn_is_refused_without_being_shown(dsn: str) -> None:
    for settings, variables, place in [
        (dsn, {}, "sentry.dsn is not a DSN"),
        (None, {"SENTRY_DSN": dsn}, "SENTRY_DSN is not a DSN"),
    ]:
        with pytest.raises(UsageError, match=place) as caught:
            reporter(settings, variables)
        assert "hunter2" not in str(caught.value)
        assert "https://KEY@HOST/PROJECT" in str(caught.value)


def test_the_configuration_wins_over_the_variable(server: Receiver) -> None:
    sender = reporter(server.dsn, {"SENTRY_DSN": "https://key@sentry.invalid/1"})
    assert sender.deliver(report(finding())).problems == ()


def test_the_variable_is_enough(server: Receiver) -> None:
    sender = reporter(None, {"SENTRY_DSN": f" {server.dsn}\n"})
    assert sender.deliver(report(finding())).problems == ()
    assert server.heads[0].startswith(b"POST /api/7/envelope/")


def test_a_path_before_the_project_and_an_address_of_version_6_are_kept() -> None:
    sender = reporter("http://key@[::1]:1/some/where/7")
    assert sender._project.url == "http://[::1]:1/some/where/api/7/envelope/"
    assert "key" not in repr(sender._project)


def test_an_sdk_that_the_models_set_up_is_not_changed(server: Receiver) -> None:
    code = (
        "import sentry_sdk, sys\n"
        "sentry_sdk.init(dsn='http://key@sentry.invalid/1', default_integrations=False)\n"
        "sentry_sdk.set_tag('secret', 'of the application')\n"
        "sentry_sdk.add_breadcrumb(message='secret')\n"
        "before = sentry_sdk.Hub.current.client\n"
        "from tests.reporters.sentry.conftest import reporter\n"
        "from tests.report.examples import finding, report\n"
        "print(reporter(sys.argv[1]).deliver(report(finding())))\n"
        "assert sentry_sdk.Hub.current.client is before\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code, server.dsn], capture_output=True, text=True, check=False
    )
    assert "1 event sent to 127.0.0.1" in outcome.stdout, outcome.stderr
    assert b"secret" not in server.bodies[0]
