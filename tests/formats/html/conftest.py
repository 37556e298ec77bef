"""One browser for all tests of a worker, and a new page for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from drift.report.report import Report
from tests.formats.html.chromium import Browser, Page, browser
from tests.formats.html.pages import page

Show: TypeAlias = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A running browser; skips loudly where none is installed."""
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def show(chromium: Browser, tmp_path: Path) -> Iterator[Show]:
    """Opens a report, or a page's text, as a file in the browser; the pages are closed again."""
    opened: list[Page] = []

    def show(
        of: Report | str, *, width: int = 1280, script: bool = True, scheme: str = "light"
    ) -> Page:
        path = tmp_path / f"page{len(opened)}.html"
        path.write_text(of if isinstance(of, str) else page(of), encoding="utf-8")
        shown = chromium.open(width=width)
        opened.append(shown)
        shown.emulate(prefers_color_scheme=scheme)
        if not script:
            shown.without_script()
        shown.load(path)
        return shown

    yield show
    for shown in opened:
        shown.close()
