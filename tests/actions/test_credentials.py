"""The action's credentials: the models do not see those of the reporters."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.actions.runner import Outcome
from tests.actions.steps import MODELS, check, fake_python, perform
from tests.servers import Database

PRINT = "import os\nprint('seen', sorted(os.environ.items()), 'end')\n"
JOB = {"SENTRY_DSN": "http://of-the-job@127.0.0.1:1/1", "GITHUB_TOKEN": "token-of-the-job"}
INPUTS = {"sentry_dsn": "http://of-the-input@127.0.0.1:1/1", "github_token": "token-of-the-input"}
CLOSED = {"GITHUB_API_URL": "http://127.0.0.1:1", "GITHUB_REPOSITORY": "acme/shop"}


def seen(outcome: Outcome) -> str:
    """Return the environment that the models saw."""
    return outcome.log.partition("seen")[2].partition("end")[0]


def test_without_a_report_to_github_the_step_is_given_no_token(
    shop: Path, in_sync: Database
) -> None:
    (shop / "shop.py").write_text(PRINT + MODELS)
    outcome = check(shop, database=in_sync.url, models="shop:metadata", **INPUTS)
    assert outcome.code == 0, outcome.log
    for secret in ("token-of-the-input", "of-the-input", in_sync.url, "ghs_given"):
        assert secret not in seen(outcome)
    assert "'GITHUB_ACTIONS'" in seen(outcome)


@pytest.mark.parametrize(
    ("report", "given"), [("", False), ("sentry", False), ("github", True), ("sentry,github", True)]
)
def test_the_command_gets_a_token_only_for_a_report_to_github(
    shop: Path, report: str, given: bool
) -> None:
    environment = fake_python(shop)
    (shop / "bin" / "python").write_text(f"#!/bin/sh\nenv > {shlex.quote(str(shop / 'got'))}\n")
    outcome = perform("check", shop, environment, {"report": report, **INPUTS})
    assert outcome.code == 0, outcome.log
    assert ("token-of-the-input" in (shop / "got").read_text()) == given


def test_variables_of_the_job_stay_for_the_models_settings(shop: Path, in_sync: Database) -> None:
    (shop / "shop.py").write_text(PRINT + MODELS)
    outcome = check(shop, JOB, database=in_sync.url, models="shop:metadata", **INPUTS)
    assert "of-the-job" in seen(outcome)
    assert "token-of-the-job" in seen(outcome)
    assert "of-the-input" not in seen(outcome)


@pytest.mark.parametrize("job", [{}, JOB])
def test_the_reporters_have_credentials_that_the_models_do_not_see(
    shop: Path, adrift: Database, job: dict[str, str]
) -> None:
    (shop / "shop.py").write_text(PRINT + MODELS)
    config = "models: shop:metadata\nsentry: {dsn: '${SENTRY_DSN}', timeout: 1s}\n"
    (shop / "drift.yaml").write_text(
        f"{config}github: {{token: '${{GITHUB_TOKEN}}', timeout: 1s}}\n"
    )
    outcome = check(shop, job | CLOSED, database=adrift.url, report="github, sentry", **INPUTS)
    assert outcome.code == 3, outcome.log
    for name in ("github", "sentry"):
        assert f"error: {name}: " in outcome.log
    assert outcome.log.count("127.0.0.1 cannot be reached") == 2
    assert "token-of" not in outcome.log
    assert "of-the-input" not in outcome.log
    assert ("of-the-job" in seen(outcome)) == bool(job)
