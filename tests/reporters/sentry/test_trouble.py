"""Every way in which a report does not arrive: said in a sentence, and without losing time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from drift.reporters.interface import Delivery
from tests.programs import free_port
from tests.report.examples import finding, report
from tests.reporters.sentry.conftest import reporter
from tests.reporters.sentry.receiver import KEY, Receiver

THREE = report(*[finding(table=name) for name in ("a", "b", "c")])
MANY = report(*[finding(table=f"t{number}") for number in range(40)])


def told(delivery: Delivery) -> str:
    """Return the only problem, which names no more of the receiver than its host."""
    [problem] = delivery.problems
    assert KEY not in problem
    assert "http:" not in problem
    return problem


def test_what_arrived_is_counted_with_the_receivers_host(server: Receiver) -> None:
    assert reporter(server.dsn).deliver(THREE) == Delivery(notes=("3 events sent to 127.0.0.1",))


def test_a_report_in_sync_sends_nothing_and_says_so(server: Receiver) -> None:
    delivery = reporter(server.dsn).deliver(report())
    assert delivery.notes == ("no differences, so nothing was sent to 127.0.0.1",)
    assert server.bodies == []


@pytest.mark.parametrize(
    ("status", "meaning", "tries"),
    [
        (400, "did not understand it", 3),
        (401, "refused the DSN's key; copy the DSN again", 1),
        (403, "refused the DSN's key; copy the DSN again", 1),
        (404, "knows no such project", 1),
        (413, "too large; raise the receiver's limit", 3),
        (301, "is somewhere else now", 3),
        (418, "gave an answer that nobody expects", 3),
        (500, "has trouble of its own", 3),
        (502, "has trouble of its own", 3),
    ],
)
def test_a_refusal_is_named_and_a_lasting_one_not_repeated(
    server: Receiver, status: int, meaning: str, tries: int
) -> None:
    server.answers = [(status, {})]
    problem = told(reporter(server.dsn).deliver(THREE))
    assert problem.startswith("3 of 3 events not delivered: 127.0.0.1 ")
    assert meaning in problem
    assert problem.endswith(f"(HTTP {status})")
    assert len(server.bodies) == tries


def test_one_event_that_is_too_large_does_not_stop_the_others(server: Receiver) -> None:
    server.answers = [(200, {}), (413, {}), (200, {})]
    delivery = reporter(server.dsn).deliver(THREE)
    assert delivery.notes == ("2 events sent to 127.0.0.1",)
    assert told(delivery).startswith("1 of 3 events not delivered")


@pytest.mark.parametrize("status", [429, 503])
def test_a_short_pause_that_the_receiver_asks_for_is_kept(server: Receiver, status: int) -> None:
    server.answers = [(status, {"Retry-After": "1"}), (200, {})]
    began = time.monotonic()
    assert reporter(server.dsn).deliver(THREE).problems == ()
    assert 1 <= time.monotonic() - began < 4
    first, second, *_ = server.payloads("event")
    assert first["event_id"] == second["event_id"]


def test_who_asks_for_a_short_pause_again_and_again_is_left_alone(server: Receiver) -> None:
    server.answers = [(503, {"Retry-After": "0"})]
    assert "HTTP 503" in told(reporter(server.dsn).deliver(report(finding())))
    assert len(server.bodies) == 3


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "90"}, {"X-Sentry-Rate-Limits": "90:error;default:key, nonsense"}]
)
def test_a_long_rate_limit_is_kept_without_asking_again(
    server: Receiver, headers: dict[str, str]
) -> None:
    server.answers = [(429, headers)]
    problem = told(reporter(server.dsn).deliver(MANY))
    assert "26 of 26 events not delivered" in problem
    assert "takes no more for 90 s (rate limit or quota, HTTP 429)" in problem
    assert len(server.bodies) == 1


def test_a_rate_limit_without_a_number_lasts_a_minute(server: Receiver) -> None:
    server.answers = [(429, {})]
    assert "for 60 s" in told(reporter(server.dsn).deliver(THREE))


def test_a_limit_that_comes_with_a_success_counts_for_the_rest(server: Receiver) -> None:
    server.answers = [(200, {"X-Sentry-Rate-Limits": "60::organization"})]
    delivery = reporter(server.dsn).deliver(THREE)
    assert delivery.notes == ("1 event sent to 127.0.0.1",)
    assert "2 of 3 events not delivered" in told(delivery)
    assert "60 s (rate limit);" in told(delivery)


def test_a_limit_of_something_else_does_not_matter(server: Receiver) -> None:
    server.answers = [(200, {"X-Sentry-Rate-Limits": "86400:transaction;span:organization"})]
    assert reporter(server.dsn).deliver(THREE).problems == ()


def test_a_refusal_for_the_limit_of_something_else_is_named(server: Receiver) -> None:
    server.answers = [(429, {"X-Sentry-Rate-Limits": "60:session:key"})]
    assert "rate limit or quota" in told(reporter(server.dsn).deliver(THREE))


def test_nobody_listening_is_tried_again_briefly() -> None:
    began = time.monotonic()
    dsn = f"http://{KEY}@127.0.0.1:{free_port()}/7"
    assert "cannot be reached (Connection refused)" in told(reporter(dsn).deliver(MANY))
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
def test_a_receiver_that_hangs_costs_one_time_out(
    server: Receiver, headers: dict[str, str]
) -> None:
    server.answers = [(200 if headers else 0, headers)]
    began = time.monotonic()
    problem = told(reporter(server.dsn, timeout=0.5).deliver(MANY))
    assert "26 of 26 events not delivered: 127.0.0.1 did not answer within 0.5 s" in problem
    assert time.monotonic() - began < 2


def test_an_answer_that_trickles_in_for_ever_costs_one_time_out() -> None:
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
        problem = told(reporter(dsn, timeout=0.3).deliver(MANY))
        assert time.monotonic() - began < 2
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


def test_a_slow_receiver_in_trouble_does_not_use_up_its_time_for_each_event() -> None:
    with _slow(0.42, b"500 Sorry") as port:
        began = time.monotonic()
        found = reporter(f"http://{KEY}@127.0.0.1:{port}/7", timeout=0.5)
        problems = found.deliver(MANY).problems
        assert time.monotonic() - began < 2
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


def test_a_connection_that_breaks_is_not_tried_again(server: Receiver) -> None:
    server.answers = [(-1, {})]
    assert "broke the connection off" in told(reporter(server.dsn).deliver(THREE))
    assert len(server.bodies) == 1


def test_a_name_that_nobody_knows_is_named() -> None:
    dsn = f"http://{KEY}@sentry.invalid/7"
    problem = told(reporter(dsn).deliver(THREE))
    assert "sentry.invalid is a name that cannot be resolved" in problem


def test_a_server_without_tls_at_an_https_address_is_named(server: Receiver) -> None:
    problem = told(reporter(server.dsn.replace("http:", "https:")).deliver(THREE))
    assert "127.0.0.1 has no certificate that is trusted here" in problem
    assert "SSL_CERT_FILE" in problem


def test_a_proxy_that_cannot_be_used_is_named(server: Receiver) -> None:
    proxy = f"http://me:hunter2@127.0.0.1:{free_port()}"
    found = reporter(server.dsn.replace("http:", "https:"), {"HTTPS_PROXY": proxy})
    problem = told(found.deliver(THREE))
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


def test_a_wrong_certificate_file_is_said_and_not_raised(server: Receiver) -> None:
    found = reporter(server.dsn.replace("http:", "https:"), {"SSL_CERT_FILE": "/nowhere.pem"})
    assert "127.0.0.1" in told(found.deliver(THREE))


def test_a_test_event_arrives(server: Receiver) -> None:
    delivery = reporter(server.dsn).probe(send_test=True)
    assert delivery == Delivery(notes=("1 event sent to 127.0.0.1",))
    assert server.payloads("event")[0]["level"] == "info"


def test_a_probe_without_one_makes_nothing(server: Receiver) -> None:
    delivery = reporter(server.dsn).probe(send_test=False)
    assert delivery.notes == ("127.0.0.1 answers; that it takes events, --send-test would show",)
    assert [items for _, items in server.envelopes()] == [[]]


def test_a_probe_names_what_would_keep_a_report_away(server: Receiver) -> None:
    server.answers = [(403, {})]
    assert "refused the DSN's key" in told(reporter(server.dsn).probe(send_test=False))
