"""The variables that are removed from the environment before models are imported."""

from __future__ import annotations

import pytest

from drift.config import GitHub, Settings
from drift.reporters import credentials

NOTHING = Settings(targets=())
TOKEN = Settings(targets=(), github=GitHub(token="t"))
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
