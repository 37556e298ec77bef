"""The process that makes files of revisions by the project's Alembic: its template is code.

It reads a job from standard input, and writes the answer to the file descriptor that it is given.
Standard output belongs to the project. env.py is not run, and no database is needed.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import msgspec


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A revision as text; `imports` are lines of Python."""

    message: str
    upgrade: str
    downgrade: str
    imports: tuple[str, ...] = ()


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """The Alembic environment, and the revisions to write into it.

    `head` is the revision to follow, "" for the only head. With `first`, the project must not
    have revisions.
    """

    root: str
    script: str
    ini: str | None = None
    toml: str | None = None
    section: str = "alembic"
    path: tuple[str, ...] = ()
    head: str = ""
    first: bool = False
    revisions: tuple[Text, ...] = ()


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was written."""

    path: str
    revision: str
    down: tuple[str, ...] = ()
    message: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The files, and post-write hooks that failed; or why nothing was written."""

    files: tuple[File, ...] = ()
    hooks: tuple[str, ...] = ()
    failed: str | None = None


def main() -> None:
    """Do the job."""
    sys.dont_write_bytecode = True
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    answer = _answer(job)
    with os.fdopen(int(sys.argv[1]), "wb") as out:
        out.write(msgspec.json.encode(answer))
        out.flush()
    os._exit(0)  # exit handlers and threads of the project must not delay that


def _answer(job: Job) -> Answer:
    try:
        os.chdir(job.root)
        sys.path += [entry for entry in (job.root, *job.path) if entry not in sys.path]
        from drift.revisions.files import Files

        return Files(job).write()
    except Exception as problem:  # noqa: BLE001 — the project's files may raise anything
        return Answer(failed=_described(problem))
    except SystemExit as end:
        return Answer(failed=f"a file of the project ended the process ({end.code})")


def _described(problem: BaseException) -> str:
    from drift.revisions.files import Refused

    text = " ".join(str(problem).split()) or "no details"
    named: Any = type(problem).__name__
    return text if isinstance(problem, Refused) else f"{named}: {text}"


if __name__ == "__main__":
    main()
