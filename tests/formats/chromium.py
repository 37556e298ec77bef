"""A real headless Chromium, driven by Playwright; the system's own, nothing is downloaded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, sync_playwright

from tests.programs import lacking

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser with an empty profile; stop it at the end."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        lacking(f"no browser on the PATH: none of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        # Without the sandbox, since root cannot have one.
        yield playwright.chromium.launch(
            executable_path=program, args=["--disable-quic"], chromium_sandbox=False
        )


class Page:
    """One page; `requests` and `complaints` are since it was loaded."""

    def __init__(
        self, browser: Browser, *, width: int, script: bool, scheme: Literal["light", "dark"]
    ) -> None:
        self._context = browser.new_context(
            viewport={"width": width, "height": 900},
            is_mobile=width < 640,
            java_script_enabled=script,
            color_scheme=scheme,
            locale="en",
        )
        self._page = self._context.new_page()
        self._page.on("request", lambda request: self.requests.append(request.url))
        self._page.on("console", lambda message: self._complaints.append(message.text))
        self._page.on("pageerror", lambda error: self._complaints.append(str(error)))
        self._devtools = self._context.new_cdp_session(self._page)
        for domain, event in (("Log", "entryAdded"), ("Audits", "issueAdded")):
            self._devtools.on(f"{domain}.{event}", self._complain)
            self._devtools.send(f"{domain}.enable")
        self.requests: list[str] = []
        self._complaints: list[str] = []
        self.keyboard = self._page.keyboard

    def load(self, path: Path) -> None:
        """Open a file, and wait until it is loaded."""
        self.requests.clear()
        self._complaints.clear()
        self._page.goto(path.as_uri())

    def reload(self) -> None:
        """Load the page once more, with the address as it is now."""
        self._page.reload()

    def print(self) -> None:
        """Show the page as it is on paper."""
        self._page.emulate_media(media="print")

    def run(self, expression: str) -> Any:
        """Return the value of a piece of JavaScript; promises are awaited, functions called."""
        return self._page.evaluate(expression)

    def click(self, selector: str) -> None:
        """Click the first element as the mouse does, once it can be seen."""
        self._page.locator(selector).first.click()

    def visible(self, selector: str) -> list[str]:
        """Return the texts of the elements that take room on the page."""
        texts: list[str] = self.run(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".filter(e => e.checkVisibility({contentVisibilityAuto: false})"
            " && e.getClientRects().length).map(e => e.innerText.trim())"
        )
        return texts

    @property
    def complaints(self) -> list[str]:
        """Return the messages of the console and of the browser's own inspection."""
        self.run("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        return self._complaints

    def close(self) -> None:
        self._context.close()

    def _complain(self, event: dict[str, Any]) -> None:
        self._complaints.append(json.dumps(event))
