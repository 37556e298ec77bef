"""A real headless Chromium, driven over its DevTools protocol through a pipe."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.programs import lacking

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE = 60
"""Seconds that the browser may take for one answer."""

_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--hide-scrollbars --remote-debugging-pipe --lang=en"
).split()


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start a browser whose profile and home are in an empty folder; stop it at the end."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        lacking(f"no browser on the PATH: none of {', '.join(NAMES)}")
    started = Browser(program, folder)
    try:
        yield started
    finally:
        started.stop()


class Browser:
    """A running Chromium: commands go in at its file descriptor 3, answers come out at 4."""

    def __init__(self, program: str, folder: Path) -> None:
        (its_input, self._input), (self._output, its_output) = _pipe(), _pipe()
        null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        ends = [(os.POSIX_SPAWN_DUP2, its_input, 3), (os.POSIX_SPAWN_DUP2, its_output, 4)]
        self._process = os.posix_spawn(
            program,
            [program, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
            os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
            file_actions=[*null, *ends],
            setpgroup=0,
        )
        os.close(its_input)
        os.close(its_output)
        self._number, self._unread = 0, b""
        self.events: list[dict[str, Any]] = []

    def open(self, *, width: int = 1280, height: int = 900) -> Page:
        """Return a new, empty page."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, target, session, width, height)

    def call(self, method: str, session: str | None = None, /, **params: Any) -> dict[str, Any]:
        """Return the answer to a command; what happens meanwhile is kept in `events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        message |= {"sessionId": session} if session else {}
        os.write(self._input, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._number:
            self.events.append(answer)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        found: dict[str, Any] = answer["result"]
        return found

    def wait_for(self, method: str, session: str) -> None:
        """Return when an event has happened, now or before."""
        while not any(
            (event["method"], event.get("sessionId")) == (method, session) for event in self.events
        ):
            self.events.append(self._receive())

    def stop(self) -> None:
        """End the browser with all of its processes."""
        os.close(self._input)
        os.killpg(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._output)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            if not select.select([self._output], [], [], PATIENCE)[0]:
                raise AssertionError(f"the browser was silent for {PATIENCE} seconds")
            piece = os.read(self._output, 1 << 20)
            if not piece:
                raise AssertionError("the browser ended")
            self._unread += piece
        message, _, self._unread = self._unread.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


class Page:
    """One page; `requests` and `complaints` are what it asked of the network, and got wrong."""

    def __init__(
        self, browser: Browser, target: str, session: str, width: int, height: int
    ) -> None:
        self._browser, self._target, self._session = browser, target, session
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self._call(f"{domain}.enable")
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 640,
        )

    def emulate(self, *, media: str = "", **features: str) -> None:
        """Set the medium, and features of it such as prefers_color_scheme."""
        pairs = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self._call("Emulation.setEmulatedMedia", media=media, features=pairs)

    def without_script(self) -> None:
        """Run no script of the pages to come."""
        self._call("Emulation.setScriptExecutionDisabled", value=True)

    def load(self, path: Path) -> None:
        """Open a file, and wait until it is loaded."""
        self._browser.events.clear()
        self._call("Page.navigate", url=path.as_uri())
        self._browser.wait_for("Page.loadEventFired", self._session)

    def reload(self) -> None:
        """Load the page once more, with the address as it is now."""
        self._browser.events.clear()
        self._call("Page.reload")
        self._browser.wait_for("Page.loadEventFired", self._session)

    def run(self, expression: str) -> Any:
        """Return what a piece of JavaScript evaluates to, as JSON."""
        answer = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def visible(self, selector: str) -> list[str]:
        """Return the texts of the elements that take room on the page."""
        found: list[str] = self.run(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".filter(e => e.checkVisibility({contentVisibilityAuto: false})"
            " && e.getClientRects().length).map(e => e.innerText.trim())"
        )
        return found

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release a key: a character, or one of the names below."""
        code = {"Enter": 13, "Escape": 27, "Tab": 9, " ": 32}.get(key, ord(key[0].upper()))
        words = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 * shift}
        self._call("Input.dispatchKeyEvent", type="keyDown", text=words, **common)
        self._call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, words: str) -> None:
        """Press one key after the other."""
        for key in words:
            self.press(key)

    def screenshot(self, path: Path) -> None:
        """Write a picture of the whole page."""
        data = self._call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    @property
    def requests(self) -> list[str]:
        """Return the addresses that were asked for since the page was loaded."""
        return [params["request"]["url"] for params in self._events("Network.requestWillBeSent")]

    @property
    def complaints(self) -> list[dict[str, Any]]:
        """Return what the console and the browser's own inspection say."""
        self.run("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        kinds = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [params for kind in (*kinds, "Audits.issueAdded") for params in self._events(kind)]

    def close(self) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)

    def _events(self, method: str) -> list[dict[str, Any]]:
        return [
            event["params"]
            for event in self._browser.events
            if (event["method"], event.get("sessionId")) == (method, self._session)
        ]

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **params)


def _pipe() -> tuple[int, int]:
    """Return both ends of a pipe, with numbers that the browser's own cannot collide with."""
    low = os.pipe()
    reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low)
    for end in low:
        os.close(end)
    return reading, writing
