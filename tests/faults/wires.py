"""Programs between drift and a server: they hold a connection back, cut it, or answer for it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

Treat = Callable[[socket.socket, socket.socket, int], None]
"""What is done with a client, the server, and the number of the connection, from 0."""


class Wire:
    """A listener on the loopback in front of a server's socket."""

    def __init__(self, url: str, treat: Treat) -> None:
        parts = urlsplit(url)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self._behind = Path(query["host"]) / f".s.PGSQL.{query['port']}"
        self._treat = treat
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        self.url = f"postgresql://postgres@127.0.0.1:{self._listener.getsockname()[1]}{parts.path}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                number, self.connections = self.connections, self.connections + 1
                threading.Thread(target=self._one, args=(client, number), daemon=True).start()

    def _one(self, client: socket.socket, number: int) -> None:
        server = socket.socket(socket.AF_UNIX)
        with client, server, suppress(OSError):
            server.connect(str(self._behind))
            self._treat(client, server, number)


@contextmanager
def wire(url: str, treat: Treat) -> Iterator[Wire]:
    made = Wire(url, treat)
    try:
        yield made
    finally:
        made.close()


def pass_on(client: socket.socket, server: socket.socket) -> None:
    """Pass on what the client says, in a thread of its own."""
    threading.Thread(target=_pump, args=(client, server), daemon=True).start()


def through(client: socket.socket, server: socket.socket, most: float = float("inf")) -> None:
    """Pass everything on, both ways, until the server has sent `most` bytes."""
    pass_on(client, server)
    _pump(server, client, most)


def _pump(source: socket.socket, sink: socket.socket, most: float = float("inf")) -> None:
    passed = 0
    with suppress(OSError):
        while passed < most and (data := source.recv(65536)):
            sink.sendall(data[: int(min(len(data), most - passed))])
            passed += len(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def cut_after(most: int, times: int) -> Treat:
    """Cut the first `times` connections when the server has sent `most` bytes."""
    return lambda client, server, n: through(client, server, most if n < times else float("inf"))


def held(seconds: float) -> Treat:
    """Hold the first connection back, as a database that scales to zero does while it wakes."""

    def treat(client: socket.socket, server: socket.socket, number: int) -> None:
        if number == 0:
            time.sleep(seconds)
        through(client, server)

    return treat


def answered(state: str, text: str, times: int) -> Treat:
    """Answer the first `times` connections with an error, as a server does while it starts."""

    def treat(client: socket.socket, server: socket.socket, number: int) -> None:
        if number >= times:
            through(client, server)
            return
        request = client.recv(4096)
        if request[4:8] == b"\x04\xd2\x16\x2f":  # it asks for TLS
            client.sendall(b"N")
            client.recv(4096)
        fields = f"SFATAL\0VFATAL\0C{state}\0M{text}\0\0".encode()
        client.sendall(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)

    return treat
