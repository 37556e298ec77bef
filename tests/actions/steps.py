"""The steps of the action, run by bash as a runner would."""

from __future__ import annotations

import shlex
import stat
from pathlib import Path

from tests.actions.runner import Outcome, expressions, run, step

MODELS = (
    "from sqlalchemy import Integer, String, Column, MetaData, Table\n"
    "metadata = MetaData()\n"
    "Table('users', metadata, Column('id', Integer, primary_key=True), Column('name', String))\n"
)


def perform(
    name: str, folder: Path, environment: dict[str, str], inputs: dict[str, str]
) -> Outcome:
    return run(step(name), expressions(inputs), folder, **environment)


def check(folder: Path, env: dict[str, str] | None = None, /, **inputs: str) -> Outcome:
    return perform("check", folder, env or {}, inputs)


def fake_python(folder: Path) -> dict[str, str]:
    """Return an environment whose `python` writes its arguments down: pip asks the network."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    python = programs / "python"
    log = shlex.quote(str(folder / "calls"))
    python.write_text(f'#!/bin/sh\nprintf "%s\\n" "$PWD" "$@" >> {log}\n')
    python.chmod(python.stat().st_mode | stat.S_IEXEC)
    return {"PATH": f"{programs}:/usr/bin:/bin"}
