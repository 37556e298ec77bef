"""Writes revisions into the versions folder of a project."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from drift.errors import MigrationsError, UsageError
from drift.model import Schema
from drift.plan.step import Plan
from drift.redaction import known
from drift.revisions.baseline import baseline, missing
from drift.revisions.child import Answer, File, Job, Text
from drift.revisions.language import Language
from drift.revisions.plan_revisions import Revision, revisions
from drift.revisions.surroundings import Surroundings
from drift.sources.migrations.discovery import Environment
from drift.texts import clip

_SECONDS = 300
_MISSING = "No module named 'alembic"


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The new revisions in order, and notes for the user."""

    files: tuple[File, ...]
    notes: tuple[str, ...] = ()


def write_plan(  # noqa: PLR0913 — the options of the command
    plan: Plan,
    environment: Environment,
    language: Language,
    *,
    message: str = "",
    head: str = "",
    path: Sequence[str] = (),
) -> Written:
    """Write a plan as revisions after `head`. Raises UsageError, with no file written."""
    if not plan.running:
        raise UsageError("the plan has no step that can be run: no revision was written")
    return write(revisions(plan, language, message), environment, head=head, path=path)


def write_baseline(  # noqa: PLR0913 — the options of the command
    live: Schema,
    around: Surroundings,
    environment: Environment,
    language: Language,
    *,
    message: str = "baseline",
    path: Sequence[str] = (),
) -> Written:
    """Write the first revision of a project, and say how to mark the database. Raises UsageError.

    The database has it all: the revision must not run there, but in every new database.
    """
    made = baseline(live, around, msgspec.structs.replace(language, types=live), message)
    written = write((made,), environment, first=True, path=path)
    lines = [
        f"mark the database, which has all this already: alembic stamp {written.files[0].revision}",
        *(f"not in the revision: {text}" for text in missing(live, around)),
    ]
    return Written(files=written.files, notes=(*lines, *written.notes))


def write(
    items: Sequence[Revision],
    environment: Environment,
    *,
    head: str = "",
    first: bool = False,
    path: Sequence[str] = (),
) -> Written:
    """Write revisions; with `first`, the project must have none. Raises UsageError."""
    job = _job(items, environment, path)
    answer = _run(msgspec.structs.replace(job, head=head, first=first))
    if answer.failed is not None:
        text = known().foreign(clip(answer.failed, 600))
        if _MISSING in text:
            text = "Alembic is not installed beside drift; run pip install alembic"
        raise UsageError(f"no revision was written: {text}")
    return Written(files=answer.files, notes=tuple(known().foreign(line) for line in answer.hooks))


def _job(items: Sequence[Revision], environment: Environment, path: Sequence[str]) -> Job:
    ini = environment.ini or environment.root / "alembic.ini"
    has_file = environment.ini or environment.toml
    return Job(
        root=str(environment.root.absolute()),
        script=str(environment.folder.absolute()),
        ini=str(ini.absolute()) if has_file else None,
        toml=str(environment.toml.absolute()) if environment.toml else None,
        section=environment.section,
        path=tuple(str(Path(folder).absolute()) for folder in path),
        revisions=tuple(map(_text, items)),
    )


def _text(item: Revision) -> Text:
    imports = {each.statement for each in item.upgrade.imports | item.downgrade.imports}
    return Text(
        message=item.message,
        upgrade=item.upgrade.text,
        downgrade=item.downgrade.text,
        imports=tuple(sorted(imports)),
    )


def _run(job: Job) -> Answer:
    """Run the job in a process of its own: template, revisions and hooks are the project's code."""
    with tempfile.TemporaryFile() as file:
        command = [sys.executable, "-P", "-m", "drift.revisions.child", str(file.fileno())]
        try:
            process = subprocess.run(  # noqa: S603
                command, input=msgspec.json.encode(job), pass_fds=(file.fileno(),), check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise MigrationsError(
                f"migrations: no revision after {_SECONDS} s; check the files of the revisions"
            ) from None
        file.seek(0)
        data = file.read()
    try:
        return msgspec.json.decode(data, type=Answer)
    except msgspec.DecodeError:
        raise MigrationsError(
            "migrations: the process that writes revisions ended without an answer: "
            + _reason(process)
        ) from None


def _reason(process: subprocess.CompletedProcess[bytes]) -> str:
    output = known().foreign(clip(process.stdout.decode(errors="replace").strip(), 500))
    return " ".join(output.split()) or f"exit code {process.returncode}"
