"""A Slack that keeps its state, on the loopback: npm's `emulate`, behind a proxy that fails."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import urllib3

from tests.reporters.github.emulator import started
from tests.reporters.slack.block_kit import faults

TOKEN = "xoxb-thetokenofthetests-1"
OTHER = "xoxb-thetokenofanotherapp-2"
ADMIN = "xoxp-thetokenoftheadministrator-3"
UNSCOPED = "xoxb-thetokenwithoutscopes-4"
HOOK = "/services/T000000001/B000000001/X000000001"
SCOPES = ["chat:write", "channels:history"]
SEED = {
    "tokens": {
        TOKEN: {"login": "drift", "scopes": SCOPES},
        OTHER: {"login": "mallory", "scopes": SCOPES},
        UNSCOPED: {"login": "drift", "scopes": ["chat:write"]},
        ADMIN: {
            "login": "admin",
            "scopes": [*SCOPES, "channels:manage", "channels:write", "channels:read"],
        },
    },
    "slack": {
        "strict_scopes": True,
        "users": [{"name": "drift"}, {"name": "mallory"}],
        "channels": [{"name": f"alerts-{number}"} for number in range(60)],
    },
}


class Seen(msgspec.Struct, frozen=True):
    """A request: the method of the API, its fields, and its headers."""

    method: str
    fields: Mapping[str, Any]
    headers: Mapping[str, str]


class Fault(msgspec.Struct, kw_only=True):
    """What goes wrong with the next `times` requests of a method; `worked`: after it was done."""

    method: str
    status: int = 200
    headers: Mapping[str, str] = {}
    text: str = '{"ok": false, "error": "fatal_error"}'
    worked: bool = False
    hang: float = 0
    times: int = 1


class Workspace:
    """The proxy's address, the requests that passed, and those that will go wrong."""

    def __init__(self) -> None:
        self.url = self.upstream = ""
        self.pool = urllib3.PoolManager()
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.wrong: list[str] = []

    def ask(self, method: str, token: str = ADMIN, **fields: Any) -> Any:
        """Return what the emulator answers; fail where it refuses."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer = self.pool.request(
            "POST", f"{self.upstream}/api/{method}", body=json.dumps(fields), headers=headers
        )
        result = json.loads(answer.data)
        assert result["ok"], (method, result)
        return result

    def invite(self, channel: str, *tokens: str) -> None:
        """Make the bots of these tokens members of a channel."""
        for token in tokens:
            user = self.ask("auth.test", token)["user_id"]
            self.ask("conversations.invite", ADMIN, channel=channel, users=user)

    def fault_of(self, method: str) -> Fault | None:
        for fault in self.faults:
            if fault.method == method and fault.times:
                fault.times -= 1
                return fault
        return None


@contextmanager
def running(folder: Path) -> Iterator[Workspace]:
    """Run the emulator, and a proxy before it."""
    workspace = Workspace()
    handler = type("_Handler", (_Handler,), {"workspace": workspace})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        workspace.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        with started("slack", workspace.url, folder, SEED) as workspace.upstream:
            yield workspace
            workspace.pool.clear()
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits 40 ms for the receipt of the head
    workspace: Workspace

    def __getattr__(self, name: str) -> Any:
        if name == "do_POST":
            return self._pass
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        pass

    def _pass(self) -> None:
        workspace = self.workspace
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        method = self.path.removeprefix("/api/")
        fields = _fields(self.headers["Content-Type"], body)
        workspace.seen.append(Seen(method, fields, dict(self.headers)))
        workspace.wrong += faults(fields)
        fault = workspace.fault_of(method)
        status, text = 0, b""
        if not fault or fault.worked:
            status, text = self._upstream(body)
        if fault:
            status, text = fault.status, fault.text.encode()
            time.sleep(fault.hang)
        with suppress(ConnectionError):  # the one that has waited for too long is gone
            self._answer(status, fault.headers if fault else {}, text)

    def _upstream(self, body: bytes) -> tuple[int, bytes]:
        kept = ("Authorization", "Content-Type")
        headers = {name: self.headers[name] for name in kept if name in self.headers}
        url = self.workspace.upstream + self.path
        answer = self.workspace.pool.request("POST", url, body=body, headers=headers)
        return answer.status, answer.data

    def _answer(self, status: int, headers: Mapping[str, str], text: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def _fields(kind: str, body: bytes) -> dict[str, Any]:
    if kind.startswith("application/json"):
        result: dict[str, Any] = json.loads(body)
        return result
    assert kind == "application/x-www-form-urlencoded"
    return dict(parse_qsl(body.decode(), strict_parsing=bool(body)))
