"""A failing test of the user's own prints no password, with every option that prints values."""

from __future__ import annotations

import pytest
from psycopg.conninfo import make_conninfo

from tests.pytest_plugin.conftest import Project

PASSWORD = "hunter2hunter2"
DOWN = f"postgresql://app:{PASSWORD}@127.0.0.1:1/shop"
REFUSED = "Connection refused"
FAILING = {
    "equality": ("assert drift_database == 'postgresql://app:x@127.0.0.1:1/shop'", "app:***@"),
    "equality of texts": ("assert str(drift_database) == 'postgresql://app:x@/shop'", "app:***@"),
    "equality of lists": ("assert [drift_database] == ['postgresql://app:x@/shop']", "app:***@"),
    "equality of dictionaries": ("assert {'url': drift_database} == {'url': 1}", "app:***@"),
    "a part": ("assert '127.0.0.1' not in f'{drift_database}'", "app:***@"),
    "identity": ("assert drift_database is None", "app:***@"),
    "a server that is down": ("request.getfixturevalue('drift_report')", REFUSED),
    "the same, asserted": (
        "drift.assert_no_drift(drift_database, shop.metadata, **fast)", REFUSED),
    "the same, a text": (
        "drift.check(shop.metadata, os.environ['SHOP_DATABASE'], **fast)", REFUSED),
    "the same, an engine": ("drift.check(shop.metadata, engine(), **fast)", REFUSED),
    "the same, in a loop": (
        "asyncio.run(drift.guard_async(os.environ['SHOP_DATABASE'], shop.metadata, **fast))",
        REFUSED),
    "the same, reflected": ("drift.reflect(os.environ['SHOP_DATABASE'], **fast)", REFUSED),
    "the same, compared": (
        "drift.compare(shop.metadata, os.environ['SHOP_DATABASE'], **fast)", REFUSED),
    "an unknown error": (
        "drift.assert_no_drift(Broken(os.environ['SHOP_DATABASE']), shop.metadata)",
        "ValueError: no reason"),
    "wrong models": ("drift.assert_no_drift(drift_database, 'nowhere:Base')", "nowhere"),
}  # fmt: skip
TEST = """
    import asyncio, os
    import drift, shop, sqlalchemy as sa

    class Broken(str):
        def strip(self, *_):
            del self
            raise ValueError("no reason")

    def engine():
        return sa.create_engine(
            os.environ["SHOP_DATABASE"].replace("://", "+psycopg2://"), pool_pre_ping=True
        )

    fast = {"connect_timeout": 0.1}

    def test_own(drift_database, request):
        STATEMENT
"""


@pytest.fixture
def failing(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("SHOP_DATABASE", DOWN)
    project.write("drift.yaml", "models: shop:metadata\nconnect_timeout: 0.1s\n")
    project.ini()
    return project


@pytest.mark.parametrize("options", [("--tb=long", "-vv"), ("--full-trace", "-vvv")])
@pytest.mark.parametrize("case", FAILING.values(), ids=FAILING)
def test_no_output_holds_the_password(
    failing: Project, case: tuple[str, str], options: tuple[str, ...]
) -> None:
    statement, reason = case
    failing.write("test_own.py", TEST.replace("STATEMENT", statement))
    result = failing.run("--showlocals", *options)
    result.assert_outcomes(failed=1)
    output = result.stdout.str() + result.stderr.str()
    assert reason in output
    assert PASSWORD not in output


@pytest.mark.parametrize("option", ["--tb=long", "--full-trace"])
def test_a_difference_is_printed_without_the_frames_of_drift(
    project: Project, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    project.database.execute("ALTER TABLE users ADD COLUMN phone text")
    url = make_conninfo(project.database.url, password=PASSWORD)
    monkeypatch.setenv("SHOP_DATABASE", url)
    body = "drift.assert_no_drift(os.environ['SHOP_DATABASE'], shop.metadata)"
    project.write("test_own.py", TEST.replace("STATEMENT", body))
    result = project.run("--showlocals", "-vv", option)
    result.assert_outcomes(failed=1)
    output = result.stdout.str()
    assert "extra-column" in output
    assert PASSWORD not in output
    assert ("assertion.py" in output) == (option == "--full-trace")


def test_the_text_of_the_url(failing: Project) -> None:
    failing.write(
        "test_own.py",
        f"""
        def test_own(drift_database):
            assert drift_database.render_as_string(hide_password=False) == {DOWN!r}
            assert "***" in drift_database.render_as_string()
        """,
    )
    failing.run().assert_outcomes(passed=1)
