"""A socket in front of a server, which counts the connections that a client has open at a time.

The server itself cannot be asked: it sees only later that a client has left.
"""

from __future__ import annotations

import selectors
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

TERMINATE = b"X\0\0\0\4"
"""The last message of a client, in PostgreSQL's protocol."""


@dataclass
class Counted:
    """The address of the socket, and how many connections to it were open at most."""

    host: str
    port: str = "5432"
    most: int = 0
    open: set[socket.socket] = field(default_factory=set)


@contextmanager
def counted(dsn: str) -> Iterator[Counted]:
    """Yield the socket in front of the server of `dsn`."""
    with (
        tempfile.TemporaryDirectory(prefix="drift-") as folder,
        socket.socket(socket.AF_UNIX) as listener,
        selectors.DefaultSelector() as selector,
    ):
        door = Counted(folder)
        listener.bind(f"{folder}/.s.PGSQL.{door.port}")
        listener.listen()
        selector.register(listener, selectors.EVENT_READ)
        ended, end = socket.socketpair()
        selector.register(ended, selectors.EVENT_READ)
        thread = threading.Thread(target=_serve, args=(selector, listener, ended, dsn, door))
        thread.start()
        try:
            yield door
        finally:
            end.close()
            thread.join()
            ended.close()


def _serve(
    selector: selectors.BaseSelector,
    listener: socket.socket,
    ended: socket.socket,
    dsn: str,
    door: Counted,
) -> None:
    """Pass on all that is said, in one thread.

    The clients are read before new ones are accepted: one that left before is not counted.
    """
    while ended not in (ready := {key.fileobj: key.data for key, _ in selector.select()}):
        for source, sink in ready.items():
            if sink and isinstance(source, socket.socket):
                _pass_on(selector, source, sink, door)
        if listener in ready:
            client, server = listener.accept()[0], _connected(dsn)
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            door.open.add(client)
            door.most = max(door.most, len(door.open))


def _pass_on(
    selector: selectors.BaseSelector, source: socket.socket, sink: socket.socket, door: Counted
) -> None:
    if source.fileno() < 0:
        return  # the other end closed it in this round
    try:
        data = source.recv(65536)
        sink.sendall(data)
    except OSError:
        data = b""
    if not data or data.endswith(TERMINATE):
        door.open.discard(source)
    if not data:
        for each in (source, sink):
            door.open.discard(each)
            selector.unregister(each)
            each.close()


def _connected(dsn: str) -> socket.socket:
    parts = conninfo_to_dict(dsn)
    host, port = str(parts["host"]), str(parts.get("port") or 5432)
    if not host.startswith("/"):
        return socket.create_connection((host, int(port)))
    server = socket.socket(socket.AF_UNIX)
    server.connect(str(Path(host) / f".s.PGSQL.{port}"))
    return server
