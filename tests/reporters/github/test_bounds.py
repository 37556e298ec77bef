"""A long or slow response costs bounded time and memory."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from drift.reporters.github.api import MOST_PAGES
from tests.reporters.github.shop import Shop, drift

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
ENDLESS = {
    "the head": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "a line of the head": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "the body": (HEAD % 10**9, b" "),
    "the chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@contextmanager
def answering(first: bytes, then: bytes, pause: float) -> Iterator[str]:
    """Yield the address of a server that answers everybody so, for ever."""
    ended = threading.Event()

    def talk(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(first)
                while not ended.wait(pause):
                    connection.sendall(then)
            except OSError:
                return

    def serve(listener: socket.socket) -> None:
        while not ended.is_set():
            connection, _ = listener.accept()
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        port = listener.getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        ended.set()
        socket.create_connection(("127.0.0.1", port)).close()
        thread.join()


@pytest.mark.parametrize("part", ENDLESS)
def test_an_answer_that_trickles_costs_no_more_than_the_timeout(shop: Shop, part: str) -> None:
    with answering(*ENDLESS[part], 0.02) as address:
        began = time.monotonic()
        [problem] = shop.deliver(drift("role"), timeout=1.0, api_url=address).problems
        assert time.monotonic() - began < 10  # else it would never end
    assert problem == (
        "127.0.0.1 did not answer within 0.5 s; check that it is up and that no firewall blocks it"
    )


def test_an_answer_without_an_end_is_not_kept_in_memory(shop: Shop) -> None:
    with answering(HEAD % 10**12, b" " * (1 << 20), 0) as address:
        [problem] = shop.deliver(drift("role"), timeout=60.0, api_url=address).problems
    assert problem == ("127.0.0.1 answered with more than 64 MiB; check github.api_url")


@pytest.mark.parametrize("page", ["page=2", "page={}"])
def test_an_endless_listing_is_an_error(shop: Shop, page: str) -> None:
    for number in range(2, 200):
        link = {"Link": f'<http://x/?{page.format(number)}>; rel="next"'}
        shop.fail("GET", "/issues", status=200, text="[]", headers=link)
    assert shop.deliver(drift("role")).problems == (
        f"127.0.0.1 still had more of /issues after {MOST_PAGES} pages; set github.labels to "
        "a label that only drift uses",
    )
    assert shop.flow() == ["GET /issues"] * MOST_PAGES


def test_a_slow_listing_is_an_error(shop: Shop) -> None:
    link = {"Link": '<http://x/?page=2>; rel="next"'}
    shop.fail("GET", "/issues", status=200, text="[]", headers=link, hang=0.2, times=99)
    began = time.monotonic()
    [problem] = shop.deliver(drift("role"), timeout=0.7).problems
    assert 4.2 < time.monotonic() - began < 9  # all pages would take 10 s
    assert "127.0.0.1 still had more of /issues after " in problem


def test_endless_comments_are_an_error(shop: Shop) -> None:
    shop.deliver(drift("role"))
    shop.ask("POST", "/issues/1/comments", {"body": "me too"})
    link = {"Link": '<http://x/?page=2>; rel="next"'}
    shop.fail("GET", "/issues/1/comments", status=200, text="[]", headers=link, times=99)
    [problem] = shop.deliver(drift("role", "email")).problems
    assert problem.startswith("production: 127.0.0.1 still had more of /issues/1/comments after 50")


def test_the_search_without_the_label_is_bounded(shop: Shop) -> None:
    link = {"Link": '<http://x/?page=2>; rel="next"'}
    shop.fail("GET", "/issues", status=200, text="[]", headers=link, times=20, skip=1)
    assert shop.deliver(drift("role")).notes == (f"production: opened {shop.name}#1",)
    assert shop.flow()[:22] == ["GET /issues"] * 21 + ["GET /labels/schema-drift"]
