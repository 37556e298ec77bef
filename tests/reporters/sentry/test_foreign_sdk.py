"""The models' own SDK adds nothing to requests, and a proxy nothing to messages."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.report.examples import finding, report
from tests.reporters.sentry.conftest import reporter
from tests.reporters.sentry.receiver import Receiver

_MODELS_WITH_AN_SDK = """
import sys, sentry_sdk
sentry_sdk.init(
    dsn="http://other-key@127.0.0.1:1/9", release="other-release", environment="other-place",
    traces_sample_rate=1.0, shutdown_timeout=0,
)
sentry_sdk.set_tag("other", "other-tag")
from tests.reporters.sentry.conftest import reporter
from tests.report.examples import finding, report
with sentry_sdk.start_transaction(name="other-work"):
    print(reporter(sys.argv[1]).deliver(report(finding())).notes)
"""


def test_an_sdk_that_the_models_set_up_adds_nothing_to_a_request(server: Receiver) -> None:
    command = [sys.executable, "-c", _MODELS_WITH_AN_SDK, server.dsn]
    outcome = subprocess.run(
        command, env=os.environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert "1 event sent" in outcome.stdout, outcome.stderr
    everything = b"\n".join([*server.bodies, *server.heads]).lower()
    for foreign in (b"sentry-trace", b"baggage", b"traceparent", b"other-"):
        assert foreign not in everything


def test_a_request_runs_no_git(
    server: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "git"
    program.write_text(f"#!/bin/sh\ntouch {shlex.quote(str(tmp_path / 'ran'))}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("SENTRY_RELEASE", raising=False)
    assert not reporter(server.dsn).deliver(report(finding())).problems
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "address",
    ["socks5://me:hunter2@proxy:1", "http://me:hunter2@proxy:port", "http://me:hunter2@[::1"],
)
def test_an_invalid_proxy_address_is_reported_without_its_password(address: str) -> None:
    found = reporter("https://key@sentry.invalid/7", {"HTTPS_PROXY": address})
    [problem] = found.deliver(report(finding())).problems
    assert "sentry.invalid cannot be reached: the proxy's address is not valid" in problem
    assert "hunter2" not in problem


def test_endless_short_pauses_cost_less_than_twelve_seconds(
    server: Receiver,
) -> None:
    server.answers = [(429, {"Retry-After": "1"})]
    began = time.monotonic()
    found = reporter(server.dsn)
    assert found.deliver(report(*[finding(table=f"t{n}") for n in range(40)])).problems
    assert time.monotonic() - began < 12


def test_a_broken_connection_is_reported_with_its_cause(server: Receiver) -> None:
    server.answers = [(-1, {})]
    [problem] = reporter(server.dsn).deliver(report(finding())).problems
    assert "closed connection without response" in problem
