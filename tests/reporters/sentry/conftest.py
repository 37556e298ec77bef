"""Receivers for what is sent, and reporters that send there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from drift.config import Settings, Target
from drift.config.receivers import Sentry
from drift.formats import Options
from drift.reporters.interface import Context, Delivery
from drift.reporters.sentry.reporter import SentryReporter
from tests.report.examples import finding, report
from tests.reporters.sentry.bugsink import Bugsink, bugsink
from tests.reporters.sentry.receiver import KEY, Receiver, receiver

THREE = report(*[finding(table=name) for name in ("a", "b", "c")])
MANY = report(*[finding(table=f"t{number}") for number in range(40)])


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture(scope="session")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bugsink]:
    with bugsink(tmp_path_factory.mktemp("bugsink")) as found:
        yield found


def reporter(
    dsn: str | None,
    environment: Mapping[str, str] | None = None,
    *,
    options: Options | None = None,
    targets: tuple[str, ...] = ("production",),
    sentry_environment: str | None = None,
    own: bool = True,
    hide: Callable[[str], str] = str,
    **changes: Any,
) -> SentryReporter:
    """Return a reporter that sends to `dsn`, with settings as told."""
    settings = Settings(
        targets=tuple(Target(name=name) for name in targets),
        sentry=Sentry(dsn=dsn, environment=sentry_environment, **changes),
    )
    return SentryReporter(
        Context(
            settings=settings,
            environment=environment or {},
            options=options or Options(),
            own=own,
            hide=hide,
        )
    )


def problem_of(delivery: Delivery) -> str:
    """Return the only problem, which names no more of the receiver than its host."""
    [problem] = delivery.problems
    assert KEY not in problem
    assert "http:" not in problem
    return problem
