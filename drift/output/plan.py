"""Prints a plan, and writes it to files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from drift import redaction, texts
from drift.formats.options import Options
from drift.formats.plan import render
from drift.output import files, github_actions, terminal
from drift.output.destinations import Output
from drift.plan.proof import Proof
from drift.plan.step import Plan


def publish(
    plan: Plan, proof: Proof | None, destinations: tuple[str, Sequence[Output]], *, verbose: bool
) -> None:
    """Print the plan in the format of standard output, and write the files. Raises UsageError."""
    printed, outputs = destinations
    plan = _without_secrets(plan)
    for output in outputs:
        text = render(output.format, plan, proof, Options(verbose=verbose))
        files.write_file(output.path, text, output.shown)
    options = Options(
        verbose=verbose,
        width=terminal.width(),
        color=terminal.color(),
        folder=github_actions.folder(os.environ, Path.cwd()),
    )
    terminal.write(render(printed, plan, proof, options))


_HIDDEN = "*** stands for a password: put it back before you run the steps"


def _without_secrets(plan: Plan) -> Plan:
    """Return the plan with *** for passwords, and a note, because its SQL is not whole then."""
    safe = texts.changed(plan, redaction.known().text)
    return safe if safe == plan else msgspec.structs.replace(safe, notes=(_HIDDEN, *safe.notes))
