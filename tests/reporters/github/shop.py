"""One repository, reports to it, and its issues and comments."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec

from drift.config import GitHub, Settings
from drift.formats import Options
from drift.model import ObjectRef, Severity
from drift.report.finding import Finding, fingerprint
from drift.report.report import Check, Failure, Report
from drift.reporters.github.reporter import GitHubReporter
from drift.reporters.http.retries import Clock
from drift.reporters.interface import Context, Delivery
from tests.report import examples as reports
from tests.reporters.github.emulator import TOKEN, Emulator
from tests.reporters.github.proxy import Fault, Proxy


class Time:
    """A clock that nobody has to wait for: sleeping moves it."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.slept)

    def now(self) -> float:
        return time.time() + sum(self.slept)

    def clock(self) -> Clock:
        return Clock(monotonic=self.monotonic, now=self.now, sleep=self.sleep)


class Shop:
    """A repository in the emulator, reached through the proxy."""

    def __init__(self, emulator: Emulator, proxy: Proxy, name: str) -> None:
        self.emulator = emulator
        self.proxy = proxy
        self.name = name
        self.time = Time()

    def reporter(self, environment: Mapping[str, str] = {}, **settings: Any) -> GitHubReporter:
        """Return a reporter with these settings, beside what a workflow knows."""
        known = {
            "GITHUB_REPOSITORY": self.name,
            "GITHUB_API_URL": self.proxy.url,
            "GITHUB_SERVER_URL": "https://github.example.com",
            "GITHUB_RUN_ID": "4711",
            "GITHUB_TOKEN": TOKEN,
        }
        context = Context(
            settings=Settings(targets=(), github=GitHub(**settings)),
            environment=known | dict(environment),
            options=Options(links="https://github.example.com/octocat/shop/blob/abc123/"),
        )
        return GitHubReporter(context, self.time.clock())

    def deliver(self, *checks: Check, **settings: Any) -> Delivery:
        """Deliver a report of these checks."""
        return self.reporter(**settings).deliver(Report(checks=checks))

    def fail(self, method: str, path: str, **fault: Any) -> None:
        """Let a request go wrong; the path is a pattern below the repository's."""
        whole = f"/repos/{self.name}{path}"
        self.proxy.faults.append(Fault(method=method, path=whole, **fault))

    def flow(self) -> list[str]:
        """Return the requests since the last call."""
        return self.proxy.flow()

    def ask(self, method: str, path: str, fields: Any = None, token: str = TOKEN) -> Any:
        """Ask the emulator about the repository, past the proxy."""
        return self.emulator.ask(method, f"/repos/{self.name}{path}", fields, token)

    def issues(self) -> list[dict[str, Any]]:
        """Return all issues, the oldest first."""
        found: list[dict[str, Any]] = self.ask("GET", "/issues?state=all&per_page=100")
        return sorted(found, key=lambda issue: issue["number"])

    def issue(self) -> dict[str, Any]:
        """Return the only issue there is."""
        [found] = self.issues()
        return found

    def comments(self, number: int = 1) -> list[str]:
        """Return the comments of an issue."""
        return [one["body"] for one in self.ask("GET", f"/issues/{number}/comments?per_page=100")]


def drift(*names: str, target: str = "production", **changes: Any) -> Check:
    """Return a check in which these columns are missing."""
    found = (found_missing(name, target) for name in names)
    return reports.check(*found, target=target, **changes)


def found_missing(name: str, target: str = "production", table: str = "users") -> Finding:
    """Return a missing column, with the fingerprint that it really has."""
    plain = reports.finding(name, table)
    mark = fingerprint(target, plain.rule, plain.object)
    return msgspec.structs.replace(plain, fingerprint=mark)


def failed(target: str = "production") -> Report:
    """Return the report of a target that could not be checked."""
    return Report(checks=(), failures=(Failure(target=target, reason="no connection"),))


__all__ = ["ObjectRef", "Severity", "Shop", "Time", "drift", "failed", "found_missing"]
