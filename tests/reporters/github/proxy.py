"""A proxy before the emulator: it checks what passes against GitHub's description, and fails."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec
import urllib3

from tests.reporters.github.description import Request, Response, faults
from tests.reporters.github.emulator import BOT

PREFIX = "/api/v3"
"""Where GitHub Enterprise has its API; the proxy takes requests with it and without it."""

LACKING = {
    "pushed_at": "2026-01-01T00:00:00Z",
    "network_count": 0,
    "subscribers_count": 0,
}
"""What GitHub says of every repository, and the emulator does not say of a new one."""


NOT_FOR_APPS = {"message": "Resource not accessible by integration", "status": "403"}
"""What GitHub answers to an App's token at /user, where the emulator answers everybody."""


class Seen(msgspec.Struct, frozen=True):
    """A request, and the status that it was answered with: 0 for none."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    fields: Any
    status: int

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Fault(msgspec.Struct, kw_only=True):
    """What goes wrong with the next `times` requests of this form, after `skip` that go well.

    `status` is answered instead of what the emulator says; `worked`: the emulator has done what
    was asked before; `drop`: no answer at all; `alter` changes the decoded answer.
    """

    method: str
    path: str
    status: int = 0
    headers: Mapping[str, str] = {}
    text: str = '{"message": "as the test wanted it"}'
    worked: bool = False
    drop: bool = False
    hang: float = 0
    alter: Callable[[Any], Any] | None = None
    times: int = 1
    skip: int = 0

    def takes(self, method: str, path: str) -> bool:
        """Tell whether this goes wrong now."""
        named = re.fullmatch(self.method, method) and re.fullmatch(self.path, path)
        if self.times < 1 or not named:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class Proxy:
    """What has passed, what was wrong with it, and what is to go wrong."""

    def __init__(self) -> None:
        self.url = ""
        self.upstream = ""
        self.pool = urllib3.PoolManager()
        self.reset()

    def reset(self) -> None:
        """Forget all that has passed."""
        self.seen: list[Seen] = []
        self.wrong: list[str] = []
        self.faults: list[Fault] = []
        self.viewer: dict[str, str] | None = {"login": BOT}
        self.graphql: list[str] = []
        self.asked: list[str] = []

    def flow(self) -> list[str]:
        """Return the requests since the last call, without the repository, and who asks."""
        found = [re.sub(r"/repos/[^/]+/[^/]+", "", str(one)).strip() for one in self.seen]
        self.seen.clear()
        return [one for one in found if one != "GET /user"]


@contextmanager
def running() -> Iterator[Proxy]:
    """Run a proxy; where to is said later."""
    proxy = Proxy()
    handler = type("_Handler", (_Handler,), {"proxy": proxy})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        proxy.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield proxy
        server.shutdown()
        proxy.pool.clear()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits 40 ms for the receipt of the head
    proxy: Proxy

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._pass
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        pass

    def _pass(self) -> None:
        parts = urlsplit(self.path)
        self.proxy.asked.append(parts.path)
        path = parts.path.removeprefix(PREFIX)
        query = parse_qsl(parts.query)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.command, path, query, dict(self.headers), body)
        if path in {"/graphql", "/api/graphql"}:  # REST only is described, and emulated
            self.proxy.graphql.append(path)
            self._answer(None, 200, {}, self._viewer(json.loads(body)))
            return
        self.proxy.wrong += faults(request)
        fault = next((one for one in self.proxy.faults if one.takes(self.command, path)), None)
        status, answer = 0, b""
        headers: Mapping[str, str] = {}
        if not fault or fault.worked or fault.alter:
            status, headers, answer = self._upstream(path, parts.query, body)
            if fault and fault.alter:
                answer = json.dumps(fault.alter(json.loads(answer))).encode()
            if status == 200 and re.fullmatch("/repos/[^/]+/[^/]+", path):
                answer = json.dumps(json.loads(answer) | LACKING).encode()
            if path == "/user" and "ghs_" in self.headers["Authorization"]:
                status, answer = 403, json.dumps(NOT_FOR_APPS).encode()
            self.proxy.wrong += faults(request, Response(status, answer))
        if fault and not fault.alter:
            status, headers, answer = fault.status, fault.headers, fault.text.encode()
        fields = json.loads(body) if body else None
        self.proxy.seen.append(
            Seen(self.command, path, dict(query), dict(self.headers), fields, status)
        )
        self._answer(fault, status, headers, answer)

    def _viewer(self, asked: dict[str, str]) -> bytes:
        """Answer GraphQL's question for the account of an App's token, as GitHub does."""
        assert asked == {"query": "query { viewer { login } }"}
        assert "ghs_" in self.headers["Authorization"]
        self.proxy.seen.append(Seen("POST", "/graphql", {}, dict(self.headers), asked, 200))
        return json.dumps({"data": {"viewer": self.proxy.viewer}}).encode()

    def _upstream(self, path: str, query: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        kept = ("Authorization", "Content-Type", "Accept")
        response = self.proxy.pool.request(
            self.command,
            f"{self.proxy.upstream}{path}?{query}",
            body=body or None,
            headers={name: self.headers[name] for name in kept if name in self.headers},
        )
        passed = {k: v for k, v in response.headers.items() if k.lower() == "link"}
        data = response.data.replace(f"/{BOT}".encode(), f"/{quote(BOT)}".encode())
        return response.status, passed, data  # in URLs, which GitHub writes with %5B

    def _answer(
        self, fault: Fault | None, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        if fault and fault.hang:
            time.sleep(fault.hang)
        if fault and fault.drop:
            self.close_connection = True
            return
        with suppress(ConnectionError):  # who has waited for too long is gone
            self._write(status, headers, body)

    def _write(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
