"""One browser for all tests of a file, and a new page for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
from playwright.sync_api import Browser

from drift.report.report import Report
from tests.formats.chromium import Page, browser
from tests.formats.html.pages import page

Show: TypeAlias = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running browser; skips loudly if none is installed.

    It lives as long as one file's tests: Playwright's event loop runs in this thread until then,
    and others could not run theirs.
    """
    with browser() as started:
        yield started


@pytest.fixture
def show(chromium: Browser, tmp_path: Path) -> Iterator[Show]:
    """Opens a report, or a page's text, as a file in the browser; the pages are closed again."""
    opened: list[Page] = []

    def show(
        of: Report | str,
        *,
        width: int = 1280,
        script: bool = True,
        scheme: Literal["light", "dark"] = "light",
    ) -> Page:
        path = tmp_path / f"page{len(opened)}.html"
        path.write_text(of if isinstance(of, str) else page(of), encoding="utf-8")
        opened.append(Page(chromium, width=width, script=script, scheme=scheme))
        opened[-1].load(path)
        return opened[-1]

    yield show
    for shown in opened:
        shown.close()
