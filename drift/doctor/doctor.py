"""Runs all probes, prints their results and returns the exit code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain

import click

from drift.check.reasons import safe
from drift.check.selection import TargetOptions, select
from drift.config import Settings
from drift.doctor import database, models, receivers
from drift.doctor.result import Result
from drift.output import terminal
from drift.process.exit_codes import IN_SYNC
from drift.reporters import credentials
from drift.scratch import Scratch

_COLORS = {"ok": "green", "note": "cyan", "warn": "yellow", "FAIL": "red"}


def doctor(options: TargetOptions, *, reports: Sequence[str], send_test: bool) -> int:
    """Verify the setup and explain how to fix what fails; return the exit code of the worst."""
    variables = credentials.known(os.environ)
    settings = select(options, variables, reports=reports, each=True)
    reports = reports or receivers.configured(settings, variables)
    # The models are imported into this process; their code must not see the reporters' tokens.
    credentials.withhold(os.environ, settings, reports)
    exit_codes: set[int] = set()
    reporters = receivers.probe(reports, settings, variables, send_test=send_test)
    for result in chain(_setup(settings), reporters):
        _print(result)
        if result.status == "FAIL":
            exit_codes.add(result.exit_code)
    return min(exit_codes, default=IN_SYNC)


def _setup(settings: Settings) -> Iterator[Result]:
    """Probe what a check needs, from the configuration to the databases."""
    if settings.path:
        yield Result("ok", "configuration", str(settings.path))
    else:
        text = "none found; drift uses the options and the environment"
        yield Result("note", "configuration", text)
    yield models.import_path(settings)
    for target in settings.targets:
        with Scratch(settings.scratch) as scratch:
            expected = yield from models.probe(target, scratch)
        yield from database.probe(target, expected)


def _print(result: Result) -> None:
    status = f"{result.status:<4}"
    if terminal.color():
        status = click.style(status, fg=_COLORS[result.status], bold=result.status == "FAIL")
    terminal.write(f"{status}  {safe(f'{result.subject}: {result.text}')}\n")
