"""Runs the hand-written checks and drift on the mutations, and counts what each reports."""

from __future__ import annotations

import contextlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import psycopg
import sqlalchemy as sa

import drift
from tests.benchmarks.handwritten.adapter import Adapter
from tests.mutations.case import Case
from tests.servers import Database, create_all

Messages = list[str]
Tool = Callable[[str, sa.MetaData, str], Messages]


class Outcome(NamedTuple):
    """What a check made of a case: "caught", "missed", "silent", "false alarm"; and its seconds."""

    verdict: str
    seconds: float
    messages: Messages


class Runner:
    """Runs checks on cases; what a check says of an untouched database is asked once."""

    def __init__(self, admin: psycopg.Connection[Any], dsn: str) -> None:
        """Take a superuser's connection and URL."""
        self._admin, self._dsn = admin, dsn
        self._before: dict[tuple[str, Any, str], Messages] = {}

    def outcomes(self, case: Case, adapters: list[Adapter]) -> list[tuple[Outcome, Outcome]]:
        """Return the outcomes of the hand-written check, and of drift, for each adapter."""
        tools: dict[str, Tool] = {each.folder.name: each.check for each in adapters}
        tools |= {repr(each.ours): by_drift(each.ours) for each in adapters}
        made = self._outcomes(case, tools)
        return [(made[each.folder.name], made[repr(each.ours)]) for each in adapters]

    def _outcomes(self, case: Case, tools: dict[str, Tool]) -> dict[str, Outcome]:
        with self._database(case) as live, self._database(case) as reference:
            metadata = case.metadata()
            sides = live.url, metadata, reference.url
            before = {name: self._untouched(name, tools[name], case, sides) for name in tools}
            live.execute(case.sql)
            return {name: judge(case, before[name], ask(tools[name], *sides)) for name in tools}

    @contextlib.contextmanager
    def _database(self, case: Case) -> Iterator[Database]:
        database = Database(self._admin, self._dsn)
        try:
            database.execute(case.before)
            create_all(case.metadata(), database.url)
            yield database
        finally:
            database.drop()

    def _untouched(
        self, name: str, tool: Tool, case: Case, sides: tuple[str, sa.MetaData, str]
    ) -> Messages:
        key = name, case.metadata, case.before
        if key not in self._before:
            self._before[key] = ask(tool, *sides)[0]
        return self._before[key]


def by_drift(options: dict[str, Any]) -> Tool:
    """Return drift's check with the options of a replacement."""

    def check(live: str, metadata: sa.MetaData, _: str) -> Messages:
        try:
            drift.assert_no_drift(live, metadata, **options)
        except AssertionError as report:
            return [str(report)]
        return []

    return check


def ask(tool: Tool, live: str, metadata: sa.MetaData, reference: str) -> tuple[Messages, float]:
    """Return what a check says, and its seconds; a crash is a message."""
    began = time.perf_counter()
    try:
        messages = tool(live, metadata, reference)
    except Exception as error:  # noqa: BLE001 — a crash is a result
        messages = [f"crashed: {type(error).__name__}"]
    seconds = time.perf_counter() - began
    # The addresses of objects differ from one call to the next.
    return [re.sub(r" at 0x[0-9a-f]+", "", message) for message in messages], seconds


def judge(case: Case, before: Messages, answer: tuple[Messages, float]) -> Outcome:
    """Compare with what the check said of the untouched database, which may be wrong already."""
    messages, seconds = answer
    if case.expected:
        verdict = "caught" if Counter(messages) - Counter(before) else "missed"
    else:
        verdict = "false alarm" if messages else "silent"
    return Outcome(verdict, seconds, messages)
