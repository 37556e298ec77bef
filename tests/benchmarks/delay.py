"""A TCP proxy that delays, and counts statements and round trips; a process of its own.

`python -m tests.benchmarks.delay HOST PORT MILLISECONDS` prints the port that it listens on, and,
when its standard input is closed, `statements round_trips bytes`. HOST may be the folder of a
socket.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress

counts = {"statements": 0, "round_trips": 0, "bytes": 0}


class _Statements:
    """Counts the simple queries and executions in what a client sends."""

    def __init__(self) -> None:
        self._rest = b""
        self._started = False

    def feed(self, data: bytes) -> None:
        self._rest += data
        while len(self._rest) >= 5:
            if not self._started:
                length = int.from_bytes(self._rest[:4], "big")
                if len(self._rest) < length:
                    return
                self._started = self._rest[4:8] == b"\x00\x03\x00\x00" or length > 8
                self._rest = self._rest[length:]
                continue
            length = 1 + int.from_bytes(self._rest[1:5], "big")
            if len(self._rest) < length:
                return
            if self._rest[:1] in {b"Q", b"E"}:
                counts["statements"] += 1
            self._rest = self._rest[length:]


async def _pump(
    source: asyncio.StreamReader,
    sink: asyncio.StreamWriter,
    delay: float,
    seen: Callable[[bytes], None],
) -> None:
    """Pass data on, each piece `delay` seconds after it came, however many are under way."""
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def read() -> None:
        while data := await source.read(1 << 16):
            seen(data)
            queue.put_nowait((loop.time() + delay, data))
        queue.put_nowait((loop.time() + delay, b""))

    reading = asyncio.create_task(read())
    with suppress(ConnectionError):
        while True:
            when, data = await queue.get()
            await asyncio.sleep(max(0.0, when - loop.time()))
            if not data:
                break
            sink.write(data)
            await sink.drain()
    reading.cancel()
    sink.close()


async def _serve(host: str, port: int, delay: float) -> None:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await (
            asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
            if host.startswith("/")
            else asyncio.open_connection(host, port)
        )
        statements, last = _Statements(), [""]

        def asked(data: bytes) -> None:
            last[0] = "client"
            statements.feed(data)

        def answered(data: bytes) -> None:
            counts["bytes"] += len(data)
            counts["round_trips"] += last[0] == "client"
            last[0] = "server"

        with suppress(asyncio.CancelledError):  # at the end of the program
            await asyncio.gather(
                _pump(reader, behind[1], delay / 2, asked),
                _pump(behind[0], writer, delay / 2, answered),
            )

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(*counts.values(), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) / 1000))
