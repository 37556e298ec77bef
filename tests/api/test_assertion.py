"""The assertion and the guard: what they raise, and all that they leave alone."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from typing import Any

import pytest

import drift
from tests.api.shop import DRIFT, Base, create
from tests.servers import Database

UNREACHABLE = "postgresql://me:hunter2000@127.0.0.1:1/shop"
NULLABLE = "ALTER TABLE users ADD COLUMN extra integer"


@pytest.fixture
def shop(database: Database) -> Database:
    return create(database)


def test_the_error_is_the_text_report(shop: Database) -> None:
    drift.assert_no_drift(shop.url, Base, fail_on="info")
    shop.execute(DRIFT)
    with pytest.raises(AssertionError) as error:
        drift.assert_no_drift(shop.url, Base)
    text = str(error.value)
    report = drift.check(Base, shop.url)
    assert text.splitlines()[:8] == ["", *str(report).splitlines()[:7]]
    assert "1 error, 1 warning; 1 table and 3 columns compared" in text
    assert "\x1b" not in text


def test_the_text_ends_with_the_hint_of_the_project(shop: Database) -> None:
    hint = "run make migrate, then read ${NOTES}"
    in_sync = drift.check(Base, shop.url, hint=hint)
    assert "make" not in str(in_sync)
    shop.execute(DRIFT)
    with pytest.raises(AssertionError) as error:
        drift.assert_no_drift(shop.url, Base, hint=hint)
    with pytest.raises(drift.DriftError) as reason:
        drift.guard(shop.url, Base, hint=hint)
    for problem in (error, reason):
        assert str(problem.value).splitlines()[-1] == f"hint: {hint}"
    with pytest.raises(drift.DriftError, match="hint: holds a line break"):
        drift.check(Base, shop.url, hint="a\x1bb")


def test_no_command_needs_a_configuration_that_does_not_exist(shop: Database) -> None:
    shop.execute(DRIFT)
    report = drift.check(Base, shop.url)
    for name in ("text", "json", "markdown", "html"):
        text = report.render(name)
        assert "drift plan" not in text.partition("<body>")[2 if name == "html" else 0]
        assert "drift accept" not in text


def test_a_difference_below_the_threshold_passes(shop: Database) -> None:
    shop.execute(NULLABLE)
    drift.assert_no_drift(shop.url, Base, fail_on="error")
    drift.guard(shop.url, Base)
    with pytest.raises(AssertionError):
        drift.assert_no_drift(shop.url, Base)
    with pytest.raises(drift.DriftError):
        drift.guard(shop.url, Base, fail_on="warning")


def test_a_report_is_rendered_in_every_format(shop: Database) -> None:
    shop.execute(NULLABLE)
    report = drift.check(Base, shop.url)
    for name in ("json", "markdown", "sarif", "junit", "html"):
        assert "extra" in report.render(name)
    with pytest.raises(drift.DriftError, match="there is no format 'yaml'"):
        report.render("yaml")


def test_the_guard_raises_what_breaks_the_application(shop: Database) -> None:
    shop.execute(DRIFT)
    with pytest.raises(drift.DriftError, match=r"does not fit the models\n.*\n.*models"):
        drift.guard(shop.url, Base)
    with pytest.raises(drift.DriftError, match="Connection refused"):
        drift.guard(UNREACHABLE, Base, connect_timeout=0.1)


@pytest.mark.parametrize("case", ["drifted", "unreachable", "no models"])
def test_the_guard_logs_one_warning_instead(
    shop: Database, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    shop.execute(DRIFT)
    database = UNREACHABLE if case == "unreachable" else shop.url
    models: Any = "nowhere:Base" if case == "no models" else Base
    drift.guard(database, models, mode="warn", connect_timeout=0.1)
    (record,) = [record for record in caplog.records if record.name == "drift"]
    assert record.levelname == "WARNING"
    assert "hunter2000" not in record.getMessage()


def test_the_guard_logs_nothing_if_all_is_well(
    shop: Database, caplog: pytest.LogCaptureFixture
) -> None:
    drift.guard(shop.url, Base, mode="warn")
    assert not caplog.records


@pytest.mark.parametrize("name", ["mode", "on_error"])
@pytest.mark.parametrize("value", ["wran", ""])
def test_an_unknown_mode_is_an_error(name: str, value: str) -> None:
    options: Any = {name: value}
    with pytest.raises(drift.DriftError, match=f"{name} '{value}' is not one of raise, warn"):
        drift.guard(UNREACHABLE, Base, **options)


def awaited(*arguments: Any, **options: Any) -> None:
    asyncio.run(drift.guard_async(*arguments, **options))


MODES = [
    # mode, on_error, raised with a difference, raised without a connection
    ("raise", None, True, True),
    ("raise", "warn", True, False),
    ("raise", "raise", True, True),
    ("warn", None, False, False),
    ("warn", "raise", False, True),
    ("warn", "warn", False, False),
]


@pytest.mark.parametrize("guard", [drift.guard, awaited])
@pytest.mark.parametrize("row", MODES)
def test_a_check_that_cannot_be_made_has_a_mode_of_its_own(
    shop: Database, caplog: pytest.LogCaptureFixture, row: tuple[Any, ...], guard: Any
) -> None:
    mode, on_error, for_difference, for_error = row
    shop.execute(DRIFT)
    options: Any = {"mode": mode, "on_error": on_error, "connect_timeout": 0.1}
    for database, is_raised in ((shop.url, for_difference), (UNREACHABLE, for_error)):
        caplog.clear()
        raises = pytest.raises(drift.DriftError) if is_raised else nullcontext()
        with raises:
            guard(database, Base, **options)
        assert len([r for r in caplog.records if r.name == "drift"]) == (not is_raised)


def state() -> dict[str, Any]:
    """Return what an application would not like to see changed."""
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),  # noqa: PTH109
        "handlers": [signal.getsignal(number) for number in signal.valid_signals()],
        "hooks": (sys.excepthook, threading.excepthook, sys.getrecursionlimit()),
        "logging": (
            logging.root.level,
            list(logging.root.handlers),
            logging.getLogger("drift").level,
        ),
        "path": list(sys.path),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "threads": {thread.name for thread in threading.enumerate()},
        "warnings": list(warnings.filters),
    }


def checks(database: str) -> list[Callable[[], object]]:
    return [
        lambda: drift.check(Base, database),
        lambda: drift.reflect(database),
        lambda: drift.compare(Base, database),
        lambda: drift.assert_no_drift(database, Base),
        lambda: drift.guard(database, Base),
    ]


def test_nothing_of_the_process_changes(shop: Database, capfd: pytest.CaptureFixture[str]) -> None:
    shop.execute(DRIFT)
    before = state()
    for database in (shop.url, UNREACHABLE):
        for check in checks(database):
            with suppress(AssertionError, drift.DriftError):
                check()
    assert state() == before
    assert capfd.readouterr() == ("", "")


def test_threads_check_at_the_same_time(shop: Database) -> None:
    before = list(warnings.filters)
    with ThreadPoolExecutor(6) as pool:
        reports = list(pool.map(lambda _: drift.check(Base, shop.url), range(12)))
    assert all(report.in_sync for report in reports)
    assert list(warnings.filters) == before


def test_the_first_use_in_several_threads_at_once(shop: Database) -> None:
    code = (
        "import sys\nfrom concurrent.futures import ThreadPoolExecutor as Pool\n"
        "from tests.api.shop import Base\nimport drift\n"
        "with Pool(6) as pool: list(pool.map("
        "lambda _: drift.assert_no_drift(sys.argv[1], Base), range(6)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, shop.url], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


class FailingURL(str):
    __slots__ = ()

    def strip(self, *_: Any) -> str:
        raise ValueError("postgresql://reader:hunter2@example.com/shop")


def test_a_warning_about_an_unknown_error_holds_no_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    drift.guard(FailingURL("postgresql://example.com/shop"), Base, mode="warn")
    assert caplog.messages == ["the database could not be checked: ValueError"]
    assert "hunter2" not in caplog.text
