"""Starts the migrations while the models are imported: each of the two imports the application."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Hashable, Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from drift.check.project_migrations import project_migrations
from drift.config import Target
from drift.scratch import Scratch, ScratchDatabase
from drift.sources.interface import Note

if TYPE_CHECKING:
    from drift.sources.migrations.runner import Migrations


class EarlyStart:
    """A scratch database without extensions, and the process that has loaded env.py for it.

    An error is not raised: it comes again when the migrations are run without this.
    """

    def __init__(self, scratch: Scratch, target: Target, note: Note) -> None:
        """Start in a thread."""
        self.key = key(target)
        self._scratch, self._target, self._note = scratch, target, note
        self._stack = ExitStack()
        self._made: tuple[ScratchDatabase, Migrations] | None = None
        self._lock, self._unwanted = threading.Lock(), False
        self._ended, self._is_over = threading.Event(), threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def take(
        self, stack: ExitStack, extensions: Iterable[str]
    ) -> tuple[ScratchDatabase, Migrations] | None:
        """Return the database and the process, which end with the stack; None if they failed."""
        self._ended.wait()
        stack.callback(self._is_over.set)
        stack.push(self._stack.pop_all())
        if self._made is None:
            return None
        database, migrations = self._made
        return database.with_extensions(extensions), migrations

    def close(self) -> None:
        """End a database and a process that were not taken, without waiting."""
        with self._lock:
            self._unwanted = True
            if self._ended.is_set():
                self._stack.close()
        self._is_over.set()

    def _run(self) -> None:
        """Start, and stay: Linux ends the process with the thread that started it."""
        with contextlib.suppress(Exception):
            self._start()
        with self._lock:
            self._ended.set()
            if self._unwanted:
                self._stack.close()
        self._is_over.wait()

    def _start(self) -> None:
        from drift.sources.migrations.runner import run_for

        target = self._target
        project = project_migrations(target)
        if project is None:
            return
        database = self._stack.enter_context(self._scratch.database())
        process = run_for(target, project.environment, database, self._note)
        migrations = self._stack.enter_context(process)
        migrations.load()
        self._made = database, migrations


def key(target: Target) -> Hashable:
    """Return the key of targets that can share a process."""
    return target.database, target.path, target.migrations
