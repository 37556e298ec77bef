"""A plain HTTP server that takes envelopes, and answers as it is told."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "0123456789abcdef0123456789abcdef"


class Receiver(ThreadingHTTPServer):
    """`answers` are given in turn, the last for ever: a status with headers; 0 hangs, -1 drops."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[tuple[int, Mapping[str, str]]] = [(200, {})]
        self.bodies: list[bytes] = []
        self.heads: list[bytes] = []
        self.ended = threading.Event()

    @property
    def dsn(self) -> str:
        return f"http://{KEY}@127.0.0.1:{self.server_port}/7"

    def envelopes(self) -> list[tuple[dict[str, Any], list[tuple[dict[str, Any], dict[str, Any]]]]]:
        """Return each envelope's header and items, each an item's header and payload."""
        return [parsed(body) for body in self.bodies]

    def payloads(self, kind: str) -> list[dict[str, Any]]:
        """Return the payloads of all items of a kind."""
        items = [item for _, found in self.envelopes() for item in found]
        return [payload for head, payload in items if head["type"] == kind]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(gzip.decompress(body))
        self.server.heads.append(f"{self.requestline}\n{self.headers}".encode())
        answers = self.server.answers
        status, headers = answers.pop(0) if len(answers) > 1 else answers[0]
        if status == 0:
            self.server.ended.wait(30)
        if status <= 0:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        if "X-Trickle" in headers:
            self.wfile.flush()
            self.server.ended.wait(30)
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run a receiver in a thread."""
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def parsed(body: bytes) -> tuple[dict[str, Any], list[tuple[dict[str, Any], dict[str, Any]]]]:
    """Read an envelope by the rules of its format: a line for each header, then so many bytes."""
    head, _, rest = body.partition(b"\n")
    items = []
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        header = json.loads(line)
        payload, rest = rest[: header["length"]], rest[header["length"] :]
        items.append((header, json.loads(payload)))
        assert rest[:1] in {b"", b"\n"}
        rest = rest[1:]
    return json.loads(head), items
