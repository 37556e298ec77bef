"""A receiver that is down, hangs or cannot be reached is named, without losing time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.programs import free_port
from tests.report.examples import finding, report
from tests.reporters.sentry.conftest import MANY, THREE, problem_of, reporter
from tests.reporters.sentry.receiver import KEY, Receiver


def test_a_refused_connection_is_retried_briefly() -> None:
    began = time.monotonic()
    dsn = f"http://{KEY}@127.0.0.1:{free_port()}/7"
    assert "cannot be reached (Connection refused)" in problem_of(reporter(dsn).deliver(MANY))
    assert time.monotonic() - began < 3


def test_a_receiver_that_comes_up_late_is_reached() -> None:
    port = free_port()

    def listen() -> None:
        time.sleep(0.2)
        with socket.create_server(("127.0.0.1", port)) as late:
            connection, _ = late.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=listen)
    thread.start()
    delivery = reporter(f"http://{KEY}@127.0.0.1:{port}/7").deliver(report(finding()))
    thread.join()
    assert delivery.problems == ()


@pytest.mark.parametrize("headers", [{}, {"X-Trickle": "yes"}])
def test_a_hanging_receiver_costs_one_timeout_in_all(
    server: Receiver, headers: dict[str, str]
) -> None:
    server.answers = [(200 if headers else 0, headers)]
    began = time.monotonic()
    problem = problem_of(reporter(server.dsn, timeout=0.5).deliver(MANY))
    assert "26 of 26 events not delivered: 127.0.0.1 did not answer within 0.5 s" in problem
    assert time.monotonic() - began < 6  # a timeout per event would take 13 s


def test_an_endless_slow_response_costs_one_timeout() -> None:
    ended = threading.Event()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            while not ended.wait(0.05):
                connection.sendall(b"X")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        dsn = f"http://{KEY}@127.0.0.1:{listener.getsockname()[1]}/7"
        began = time.monotonic()
        problem = problem_of(reporter(dsn, timeout=0.3).deliver(MANY))
        assert time.monotonic() - began < 5  # and per event 8 s
        ended.set()
        thread.join()
    assert "26 of 26 events not delivered: 127.0.0.1 did not answer within 0.3 s" in problem


def test_a_hanging_receiver_costs_less_than_twelve_seconds_with_the_defaults(
    server: Receiver,
) -> None:
    server.answers = [(0, {})]
    began = time.monotonic()
    found = reporter(server.dsn)
    found.start()
    found.deliver(MANY)
    assert time.monotonic() - began < 12


def test_a_slow_failing_receiver_does_not_cost_a_timeout_per_event() -> None:
    with _slow(0.42, b"500 Sorry") as port:
        began = time.monotonic()
        found = reporter(f"http://{KEY}@127.0.0.1:{port}/7", timeout=0.5)
        problems = found.deliver(MANY).problems
        assert time.monotonic() - began < 6  # and per event 11 s
    assert sum(int(problem.partition(" ")[0]) for problem in problems) == 26


@contextmanager
def _slow(seconds: float, status: bytes) -> Iterator[int]:
    """Answer each connection after a while."""
    ended = threading.Event()

    def serve(listener: socket.socket) -> None:
        while not ended.is_set():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                ended.wait(seconds)
                connection.sendall(b"HTTP/1.1 %b\r\nConnection: close\r\n\r\n" % status)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield port
        ended.set()
        socket.create_connection(("127.0.0.1", port)).close()
        thread.join()


def test_a_broken_connection_is_not_retried(server: Receiver) -> None:
    server.answers = [(-1, {})]
    assert "closed the connection early" in problem_of(reporter(server.dsn).deliver(THREE))
    assert len(server.bodies) == 1


def test_an_unknown_host_is_reported() -> None:
    dsn = f"http://{KEY}@sentry.invalid/7"
    problem = problem_of(reporter(dsn).deliver(THREE))
    assert "sentry.invalid cannot be reached (" in problem
    assert "name" in problem.partition("(")[2].lower()


def test_a_server_without_tls_at_an_https_address_is_named(server: Receiver) -> None:
    problem = problem_of(reporter(server.dsn.replace("http:", "https:")).deliver(THREE))
    assert "TLS with 127.0.0.1 failed (" in problem
    assert "SSL_CERT_FILE" in problem


def test_a_proxy_that_cannot_be_used_is_named(server: Receiver) -> None:
    proxy = f"http://me:hunter2@127.0.0.1:{free_port()}"
    found = reporter(server.dsn.replace("http:", "https:"), {"HTTPS_PROXY": proxy})
    problem = problem_of(found.deliver(THREE))
    assert "the proxy for 127.0.0.1 cannot be used" in problem
    assert "hunter2" not in problem


def test_a_proxy_carries_the_events(server: Receiver) -> None:
    proxy = f"me:hunter2@127.0.0.1:{server.server_port}"
    found = reporter(f"http://{KEY}@sentry.invalid/7", {"http_proxy": proxy})
    assert found.deliver(THREE).notes == ("3 events sent to sentry.invalid",)
    assert server.heads[0].startswith(b"POST http://sentry.invalid/api/7/envelope/")
    assert b"Proxy-Authorization: Basic" in server.heads[0] or (
        b"proxy-authorization: Basic" in server.heads[0]
    )


def test_a_host_that_no_proxy_names_is_reached_directly(server: Receiver) -> None:
    variables = {"HTTP_PROXY": f"http://127.0.0.1:{free_port()}", "NO_PROXY": "x.org, 127.0.0.1"}
    assert reporter(server.dsn, variables).deliver(THREE).problems == ()


def test_a_wrong_certificate_file_is_reported(server: Receiver) -> None:
    found = reporter(server.dsn.replace("http:", "https:"), {"SSL_CERT_FILE": "/nowhere.pem"})
    assert "127.0.0.1" in problem_of(found.deliver(THREE))
