"""Makes the report of a session: the values of the fixtures in, the report out."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from drift import redaction, texts
from drift.api.checking import checked
from drift.api.frames import cleared
from drift.api.models import load_models
from drift.api.report import Report
from drift.api.url import DatabaseURL
from drift.check import target as checks
from drift.config import Settings
from drift.errors import DriftError
from drift.pytest_plugin.selection import settings
from drift.pytest_plugin.sharing import Outcome, once

_REPORT = pytest.StashKey[Report]()
_PROBLEM = pytest.StashKey[Exception]()


def report(request: pytest.FixtureRequest) -> Report:
    """Compare the models of the fixtures with their database, once. Raises DriftError.

    The problem of a fixture is raised again for every test, as that of one for the session is.
    """
    config: pytest.Config = request.config
    if _PROBLEM in config.stash:
        raise config.stash[_PROBLEM]
    if _REPORT not in config.stash:
        try:
            config.stash[_REPORT] = _shared(request, config)
        except Exception as problem:
            config.stash[_PROBLEM] = problem
            raise
    return config.stash[_REPORT]


def _shared(request: pytest.FixtureRequest, config: pytest.Config) -> Report:
    outcome = once(config, lambda: _made(request, config))
    if outcome.report is None:
        raise DriftError(outcome.problem)
    return outcome.report


def _made(request: pytest.FixtureRequest, config: pytest.Config) -> Outcome:
    try:
        # No variable of this frame holds the database: a traceback would print its password.
        values = map(request.getfixturevalue, ("drift_models", "drift_database"))
        made = _compared(settings(config), *values)
    except DriftError as problem:
        return Outcome(problem=redaction.known().message(str(problem)))
    return Outcome(report=made)


@cleared
def _compared(chosen: Settings, models: Any, database: Any) -> Report:
    """Compare with the database of the options as `drift check` does, migrations included.

    Nothing is known of the migrations of a database that a fixture makes: `create_all` runs none.
    """
    (target,) = chosen.targets
    if not isinstance(database, DatabaseURL):
        return checked(models, database, target)
    url = database.render_as_string(hide_password=False)
    configured = replace(target, database=url or None)
    made = checks.check(configured, note=_ignore, expected=load_models(models))
    if chosen.path is None:  # the models are a fixture, which no command can import
        made = replace(made, configured=False, plan_options=())
    report = Report(checks=(made,), started_at=made.started_at, duration=made.duration)
    return texts.safe(report, redaction.known().text)


def _ignore(_note: str) -> None:
    """Take a sentence about the progress."""
