"""The process that runs env.py: reads commands from a pipe, answers on another, and never prints.

Standard output belongs to env.py. The process ends when the pipe is closed, even if env.py still
runs code: exit handlers and threads of the application must not delay that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import IO, Any

import msgspec

from drift.sources.migrations import network
from drift.sources.migrations.hooks.messages import Question


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """The first line: the Alembic environment, and the scratch database.

    `url` is the one for env.py, `folder` the one that paths of messages are relative to. `ini`,
    `toml` and `script` are the files of the configuration and the folder of env.py.
    """

    parameters: dict[str, str]
    url: str
    root: str
    folder: str
    script: str
    ini: str | None = None
    toml: str | None = None
    section: str = "alembic"
    path: tuple[str, ...] = ()


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command with the revisions, or the questions about differences, that it is about."""

    name: str
    revisions: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


def main() -> None:
    """Serve the parent until it closes its pipe."""
    commands, replies, parent = (int(number) for number in sys.argv[1:4])
    network.end_with(parent)
    isolated = network.leave() if sys.argv[4] == "isolated" else False
    own = os.getpid()
    with open(commands, "rb") as lines, open(replies, "wb", buffering=0) as out:  # noqa: PTH123
        setup = msgspec.json.decode(lines.readline(), type=Setup)

        def reply(**answer: Any) -> None:
            out.write(msgspec.json.encode(answer) + b"\n")

        _serve(lines, setup, reply, own, isolated)
    os._exit(0)


def _serve(
    lines: IO[bytes], setup: Setup, reply: Callable[..., None], own: int, isolated: bool
) -> None:
    from drift.sources.migrations.failures import describe

    try:
        runner = _start(setup, lambda address: reply(refused=address), isolated)
        reply(done={"isolated": isolated})
        for line in lines:
            command = msgspec.json.decode(line, type=Command)
            try:
                answer = {"done": runner.run(command)}
            except BaseException as error:  # noqa: BLE001 — env.py may raise anything, SystemExit too
                os.chdir(setup.folder)
                answer = {"failed": describe(error)}
            if os.getpid() != own:
                os._exit(0)  # env.py forked: only the first process goes on
            reply(**answer)
    except Exception as error:  # noqa: BLE001 — such as a library that is missing
        reply(failed=describe(error))


def _start(setup: Setup, refused: Callable[[str], None], isolated: bool) -> Any:
    """Install the guards, before any code of the project can run."""
    from drift.sources.migrations.guard import Guard

    guard = Guard(setup.parameters, refused)
    guard.install()
    if not isolated:
        guard.redirect_libpq()
    os.chdir(setup.root)
    sys.path += [entry for entry in (setup.root, *setup.path) if entry not in sys.path]
    from drift.sources.migrations.commands import Commands

    return Commands(setup)


if __name__ == "__main__":
    main()
