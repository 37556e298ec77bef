"""The limit of connections to one host: which addresses are one, and how many are open."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from drift.check import targets as runs
from drift.check.hosts import Host, hosts_of
from drift.check.turns import Turns
from drift.config import Target
from tests.check.counted import counted
from tests.check.fleet import MODELS, Fleet
from tests.report.contract import json_report
from tests.servers import Database


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("postgresql://me:hunter2@db/shop", {("db", "5432")}),
        ("postgresql+asyncpg://DB:5432/other", {("db", "5432")}),
        ("host=db port=5433 dbname=shop", {("db", "5433")}),
        ("postgresql://a:1,b:2/shop", {("a", "1"), ("b", "2")}),
        ("postgresql:///shop?host=a:1&host=b:2", {("a", "1"), ("b", "2")}),
        ("host=a,b port=6000", {("a", "6000"), ("b", "6000")}),
        ("host=a, port=6000,", {("a", "6000"), ("", "5432")}),
        ("host=a,b,c port=1,2", {("a", "1"), ("b", "1"), ("c", "1")}),  # libpq refuses it
        ("host=db hostaddr=10.0.0.1", {("10.0.0.1", "5432")}),
        ("postgresql:///shop?host=/run/Shop", {("/run/Shop", "5432")}),
        ("service=shop", {("service=shop", "")}),
        ("service=shop host=db", {("db", "5432")}),
        ("dbname=shop", {("", "5432")}),
        ("postgresql://[::1]/shop", {("::1", "5432")}),
        ("nonsense", set()),
    ],
)
def test_the_hosts_of_an_address(
    address: str, hosts: set[Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    assert hosts_of(Target(name="shop", database=address)) == hosts


def test_the_variables_of_libpq_complete_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGHOSTADDR", raising=False)
    monkeypatch.setenv("PGHOST", "db")
    monkeypatch.setenv("PGPORT", "6000")
    assert hosts_of(Target(name="shop", database="dbname=shop")) == {("db", "6000")}
    assert hosts_of(Target(name="shop", database="host=other")) == {("other", "6000")}
    assert hosts_of(Target(name="shop"), {"PGHOST": "db"}) == {("db", "6000")}
    assert hosts_of(Target(name="shop"), {}) == set()


def turns(*hosts: str, limit: int = 1) -> Turns:
    """Return turns of targets, each named by its hosts, such as `a` or `a+b`."""
    return Turns(
        [Target(name=each) for each in hosts],
        lambda target: frozenset((host, "") for host in target.name.split("+")),
        limit,
    )


def taken(turns: Turns) -> tuple[str, frozenset[Host]]:
    turn = turns.take()
    assert turn is not None
    return turn[0].name, turn[1]


def test_targets_of_a_busy_host_hold_up_no_others() -> None:
    waiting = turns("a", "a", "a", "b", "a+c", "c")
    first, hosts = taken(waiting)
    assert [first, taken(waiting)[0], taken(waiting)[0]] == ["a", "b", "c"]
    waiting.give_back(hosts)
    assert taken(waiting)[0] == "a"  # a+c must wait for both


def test_hosts_take_turns_within_their_limits() -> None:
    waiting = turns("a", "a", "a", "a", "b", "b", limit=2)
    assert [taken(waiting)[0] for _ in range(4)] == ["a", "b", "a", "b"]


def test_a_worker_waits_for_room_and_ends_after_the_last_target() -> None:
    waiting, names = turns("a", "a"), []
    _, hosts = taken(waiting)

    def serve() -> None:
        while turn := waiting.take():
            names.append(turn[0].name)
            waiting.give_back(turn[1])

    worker = threading.Thread(target=serve, daemon=True)
    worker.start()
    worker.join(0.1)
    assert (names, worker.is_alive()) == ([], True)
    waiting.give_back(hosts)
    worker.join(10)
    assert (names, worker.is_alive()) == (["a"], False)


@pytest.mark.parametrize(
    ("configured", "options", "most"),
    [
        ("", (), {2, 3, 4, 5, 6, 7, 8}),
        ("", ("--connections-per-host", "2"), {2}),
        ("connections_per_host: 1", (), {1}),
        ("connections_per_host: 1", ("--connections-per-host", "2"), {2}),
    ],
)
def test_no_more_connections_to_a_host_are_open(
    fleet: Fleet, dsn: str, configured: str, options: Sequence[str], most: set[int]
) -> None:
    with counted(dsn) as door:
        fleet.address = {"host": door.host, "port": door.port}
        fleet.configure()
        path = fleet.folder / "drift.yaml"
        path.write_text(f"{configured}\n{path.read_text()}")
        outcome = fleet.run("check", "--jobs", "8", "--format", "json", *options)
    assert len(json_report(outcome.stdout)["checks"]) == 8
    assert door.most in most


class Order(runs.Silent):
    """Remembers how many targets were done when the first one failed."""

    def __init__(self) -> None:
        self.done, self.done_at_failure = 0, -1

    def failed(self, target: str, problem: BaseException) -> None:
        del target, problem
        if self.done_at_failure < 0:
            self.done_at_failure = self.done

    def finished(self) -> None:
        self.done += 1


def test_a_host_that_hangs_holds_up_no_other_host(
    eight_databases: Sequence[Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    common: dict[str, Any] = {"models": ("shop:metadata",), "connect_timeout": 1}
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/x"
        hanging = [Target(name=f"a{n}", database=url, **common) for n in range(2)]
        good = [
            Target(name=f"b{n}", database=database.url, **common)
            for n, database in enumerate(eight_databases)
        ]
        order = Order()
        report = runs.run([*hanging, *good], order, jobs=2, per_host=1)
    assert [failure.target for failure in report.failures] == ["a0", "a1"]
    assert len(report.checks) == 8
    assert order.done_at_failure > 0
