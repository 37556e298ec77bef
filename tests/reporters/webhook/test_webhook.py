"""The webhook: a signed report that a receiver can verify, and every refusal a sentence."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from drift.config import Settings, Webhook
from drift.errors import UsageError
from drift.report.report import Report
from drift.reporters import resolve
from drift.reporters.interface import Context, Delivery
from drift.reporters.webhook.reporter import WebhookReporter
from tests.report.contract import json_report
from tests.report.examples import Failure, check, finding, report
from tests.reporters.github.shop import Time
from tests.reporters.webhook.receiver import KEY, PATH, Receiver, documented, running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running() as server:
        yield server


class Hook:
    """A reporter that posts to the receiver, with a clock that does not wait."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver, self.time = receiver, Time()

    def made(self, notify: str = "all", **settings: Any) -> WebhookReporter:
        section = Webhook(**({"url": self.receiver.url, "secret": KEY} | settings))
        context = Context(
            settings=Settings(targets=(), webhook=section, notify=notify), environment={}
        )
        return WebhookReporter(context, self.time.clock())

    def deliver(self, item: Report | None = None, **settings: Any) -> Delivery:
        return self.made(**settings).deliver(item or report(finding()))


@pytest.fixture
def hook(receiver: Receiver) -> Hook:
    return Hook(receiver)


def test_the_list_of_reporters_leads_here() -> None:
    assert resolve("webhook") is WebhookReporter


def test_the_body_is_the_json_report(hook: Hook) -> None:
    assert hook.deliver() == Delivery(notes=("report posted to 127.0.0.1",))
    [posted] = hook.receiver.posted
    assert (posted.method, posted.path) == ("POST", PATH)
    document = json_report(posted.body.decode())
    assert [result["rule"] for result in document["checks"][0]["findings"]] == ["missing-column"]
    assert posted.headers["Content-Type"] == "application/json"
    assert posted.headers["X-Drift-Event"] == "report"
    assert posted.headers["User-Agent"].startswith("sqlalchemy-drift/")


def test_a_receiver_can_verify_it_as_the_guide_shows(hook: Hook) -> None:
    hook.deliver()
    [posted] = hook.receiver.posted
    is_genuine = documented()
    assert is_genuine(posted.headers, posted.body, KEY)
    assert not is_genuine(posted.headers, posted.body + b" ", KEY)
    assert not is_genuine(posted.headers, posted.body, KEY + "x")
    for name in ("X-Drift-Timestamp", "X-Drift-Signature-256"):
        assert not is_genuine({**posted.headers, name: ""}, posted.body, KEY)
    old = str(int(time.time()) - 3600)
    assert not is_genuine({**posted.headers, "X-Drift-Timestamp": old}, posted.body, KEY)


def test_without_a_key_nothing_is_signed_and_the_note_says_so(hook: Hook) -> None:
    [note] = hook.deliver(secret=None).notes
    assert note.endswith("without a signature: set webhook.secret")
    assert "X-Drift-Signature-256" not in hook.receiver.posted[0].headers


def test_own_headers_are_sent_beside_drifts(hook: Hook) -> None:
    hook.deliver(headers={"Authorization": "Bearer abc", "X-Team": None})
    [posted] = hook.receiver.posted
    assert posted.headers["Authorization"] == "Bearer abc"
    assert "X-Team" not in posted.headers
    assert posted.headers["X-Drift-Event"] == "report"


def test_a_report_in_sync_is_posted_too(hook: Hook) -> None:
    assert not hook.deliver(report()).problems
    assert hook.receiver.posted[0].document()["checks"][0]["in_sync"] is True


NEWS = [
    (report(finding(status="new")), 1),
    (report(finding(status="back")), 1),
    (report(finding(status="still")), 0),
    (report(), 0),
    (Report(checks=(check(),), failures=(Failure(target="a", reason="b"),)), 1),
]


@pytest.mark.parametrize(("item", "posts"), NEWS)
def test_only_news_is_posted_if_that_is_asked_for(hook: Hook, item: Report, posts: int) -> None:
    assert not hook.made(notify="new").deliver(item).problems
    assert len(hook.receiver.posted) == posts


def test_a_server_error_is_tried_again_as_the_same_delivery(hook: Hook) -> None:
    hook.receiver.answers[:0] = [(503, {}, b""), (429, {"Retry-After": "2"}, b"")]
    assert not hook.deliver().problems
    assert hook.time.slept == [1.0, 2.0]
    posted = hook.receiver.posted
    assert len({item.headers["X-Drift-Delivery"] for item in posted}) == 1
    assert len(posted) == 3
    assert len({item.headers["X-Drift-Timestamp"] for item in posted}) > 1
    assert all(documented()(item.headers, item.body, KEY) for item in posted)


def test_two_deliveries_have_different_ids(hook: Hook) -> None:
    hook.deliver()
    hook.deliver()
    assert len({item.headers["X-Drift-Delivery"] for item in hook.receiver.posted}) == 2


REFUSALS = [
    (401, "it wants other credentials; check webhook.headers and webhook.secret"),
    (403, "it wants other credentials"),
    (404, "nothing is there; check webhook.url"),
    (405, "it takes no POST"),
    (410, "it is gone"),
    (413, "the report is too large for it"),
    (302, "it redirects; update webhook.url"),
    (418, "check webhook.url"),
    (500, "retry later"),
    (429, "it limits requests; retry later"),
]


@pytest.mark.parametrize(("status", "hint"), REFUSALS)
def test_a_refusal_says_what_to_do_and_names_no_secret(hook: Hook, status: int, hint: str) -> None:
    words = f"no\x1b[31m {KEY} {PATH} Bearer wxkcdqrzt9 {hook.receiver.url}".encode()
    headers = {"Location": "https://evil.example/"}
    hook.receiver.answers = [(status, headers, words)]
    outcome = hook.deliver(headers={"Authorization": "Bearer wxkcdqrzt9"})
    [problem] = outcome.problems
    assert problem.startswith(f"127.0.0.1 answered {status} (no\\x1b[31m *** ")
    assert hint in problem
    for secret in (KEY, "t0ken-xkcdqrzt-77", "wxkcdqrzt9"):
        assert secret not in problem
    assert outcome.notes == ()


def test_a_limit_for_longer_than_the_patience_is_not_waited_for(hook: Hook) -> None:
    hook.receiver.answers = [(429, {"Retry-After": "3600"}, b"")]
    [problem] = hook.deliver().problems
    assert "it limits requests" in problem
    assert hook.time.slept == []


def test_a_receiver_that_hangs_is_a_problem(hook: Hook) -> None:
    hook.receiver.answers = [(0, {}, b"")]
    [problem] = hook.deliver(timeout=0.2).problems
    assert problem.startswith("127.0.0.1 did not answer within 0.")


def test_nothing_listens(hook: Hook) -> None:
    [problem] = hook.deliver(url="http://127.0.0.1:1/t0ken-xkcdqrzt-77").problems
    assert problem.startswith("127.0.0.1 cannot be reached (")
    assert problem.endswith("; check webhook.url")
    assert "t0ken" not in problem


def test_the_doctor_asks_without_posting_or_posts_a_test(hook: Hook) -> None:
    [note] = hook.made().probe(send_test=False).notes
    assert note.startswith("127.0.0.1 answers; use --send-test")
    assert [item.method for item in hook.receiver.posted] == ["OPTIONS"]
    assert "Authorization" not in hook.receiver.posted[0].headers
    assert hook.made().probe(send_test=True).notes == ("test posted to 127.0.0.1",)
    posted = hook.receiver.posted[1]
    assert posted.headers["X-Drift-Event"] == "test"
    assert json_report(posted.body.decode())["checks"] == []
    assert documented()(posted.headers, posted.body, KEY)


@pytest.mark.parametrize("send_test", [False, True])
def test_the_doctor_names_a_receiver_that_is_down(hook: Hook, send_test: bool) -> None:
    delivery = hook.made(url="http://127.0.0.1:1/x").probe(send_test=send_test)
    assert delivery.problems[0].startswith("127.0.0.1 cannot be reached (")


WRONG = [
    ({}, "no address; set webhook.url or DRIFT_WEBHOOK_URL"),
    ({"DRIFT_WEBHOOK_URL": "ftp://x/s3cret"}, "is not an address; write https://HOST/PATH"),
    ({"DRIFT_WEBHOOK_URL": "http://x.example/s3cret"}, "is not encrypted"),
    ({"DRIFT_WEBHOOK_URL": "https://me:s3cret@x.example/"}, "must not hold a user or password"),
    ({"DRIFT_WEBHOOK_URL": "https://x.example:0/s3cret"}, "is not an address"),
    ({"DRIFT_WEBHOOK_URL": "https://[::1/s3cret"}, "is not an address"),
    ({"DRIFT_WEBHOOK_URL": "https://x.example/s3cret\r\nX-Evil: 1"}, "is not an address"),
    (
        {"DRIFT_WEBHOOK_URL": "https://x.example/", "DRIFT_WEBHOOK_SECRET": "s3cret\nX"},
        "holds characters other than printable ASCII",
    ),
]


@pytest.mark.parametrize(("environment", "message"), WRONG)
def test_a_missing_or_malformed_address_is_reported_before_the_checks(
    environment: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        WebhookReporter(Context(settings=Settings(targets=()), environment=environment))
    text = str(raised.value)
    assert text.startswith("webhook: ")
    assert message in text
    assert "s3cret" not in text
    assert "\n" not in text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "app.localhost"])
def test_this_machine_needs_no_tls(host: str) -> None:
    environment = {"DRIFT_WEBHOOK_URL": f"http://{host}:8080/x"}
    made = WebhookReporter(Context(settings=Settings(targets=()), environment=environment))
    assert made.start() == Delivery()


def test_hostile_names_reach_the_receiver_as_data(hook: Hook) -> None:
    name = 'a"}\n\x1b[31m\u202e😀'
    hook.deliver(report(finding(name)))
    [posted] = hook.receiver.posted
    [result] = json.loads(posted.body)["checks"][0]["findings"]
    assert result["object"]["name"] == name
