"""An HTTP server that takes webhooks, and verifies their signature as the guide shows it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

import msgspec

KEY = "k3y-0f-the-tests-9d1f"
PATH = "/hooks/t0ken-xkcdqrzt-77"


def documented() -> Any:
    """Return the function `is_genuine` of the guide's example."""
    text = (files("drift") / "guide" / "reports.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    [block] = [block for block in blocks if "def is_genuine" in block]
    names: dict[str, Any] = {}
    exec(compile(block, "reports.md", "exec"), names)
    return names["is_genuine"]


class Posted(msgspec.Struct, frozen=True):
    """One request, as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Any:
        return json.loads(self.body)


class Receiver(ThreadingHTTPServer):
    """`answers` are given in turn, the last one for ever: status, headers and body; 0 hangs."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[tuple[int, Mapping[str, str], bytes]] = [(204, {}, b"")]
        self.posted: list[Posted] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{PATH}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def log_message(self, *_: Any) -> None:
        pass

    def _take(self) -> None:
        server = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server.posted.append(Posted(self.command, self.path, dict(self.headers), body))
        status, headers, text = (
            server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        )
        if status == 0:
            server.ended.wait(20)
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name in {"do_POST", "do_OPTIONS"}:
            return self._take
        raise AttributeError(name)


@contextmanager
def running() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.ended.set()
        server.shutdown()
