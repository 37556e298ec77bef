"""Runs all probes, prints their results and returns the exit code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import click

from drift.check.reasons import safe
from drift.check.selection import TargetOptions, select
from drift.config import Settings, env_file
from drift.doctor import database, models, receivers, schedule
from drift.doctor.result import Result
from drift.formats.vocabulary import plural
from drift.output import terminal
from drift.process import isolation
from drift.process.exit_codes import IN_SYNC
from drift.reporters import credentials
from drift.scratch import Scratch

_COLORS = {"ok": "green", "note": "cyan", "warn": "yellow", "FAIL": "red"}


def doctor(options: TargetOptions, *, reports: Sequence[str], send_test: bool) -> int:
    """Verify the setup and explain how to fix what fails; return the exit code of the worst."""
    settings = select(options, credentials.known(os.environ), reports=reports, each=True)
    variables = credentials.known(os.environ)  # with those of env files
    reports = reports or receivers.configured(settings, variables)
    # The models are imported into this process; their code must not see the reporters' tokens.
    credentials.withhold(os.environ, settings, reports)
    exit_codes: set[int] = set()
    reporters = receivers.probe(reports, settings, variables, send_test=send_test)
    pipelines = schedule.probe(Path(isolation.folder()))
    for result in chain(_setup(settings), pipelines, reporters):
        _print(result)
        if result.status == "FAIL":
            exit_codes.add(result.exit_code)
    return min(exit_codes, default=IN_SYNC)


def _setup(settings: Settings) -> Iterator[Result]:
    """Probe all parts of a check, from the configuration to the databases."""
    if settings.path:
        yield Result("ok", "configuration", str(settings.path))
    else:
        text = "none found; drift uses the options and the environment"
        yield Result("note", "configuration", text)
    yield from env_files(settings)
    yield models.import_path(settings)
    for target in settings.targets:
        with Scratch(settings.scratch) as scratch:
            expected = yield from models.probe(target, scratch)
        yield from database.probe(target, expected)


def env_files(settings: Settings) -> Iterator[Result]:
    """Name the env files of the configuration, and their number of variables, never a value."""
    for path in settings.env_files:
        if not path.exists():
            text = f"{path} does not exist; drift uses the environment alone"
            yield Result("note", "env file", text)
            continue
        names = env_file.read([path], required=True)
        # Variables of receivers are withheld from the environment by now.
        kept = sum(os.environ.get(name, value) != value for name, value in names.items())
        other = f"; the environment has other values for {kept} of them" if kept else ""
        yield Result("ok", "env file", f"{path} holds {plural(len(names), 'variable')}{other}")


def _print(result: Result) -> None:
    status = f"{result.status:<4}"
    if terminal.color():
        status = click.style(status, fg=_COLORS[result.status], bold=result.status == "FAIL")
    terminal.write(f"{status}  {safe(f'{result.subject}: {result.text}')}\n")
