"""The histories of the migrations of a run, which only checks with causes need.

The code that makes them is imported with the first one: this saves 2 ms for the other checks.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from drift.config import Target
from drift.errors import DriftError
from drift.scratch import Scratch, ScratchDatabase
from drift.sources.interface import Expected, Note

if TYPE_CHECKING:
    from drift.check.alike import Comparisons
    from drift.check.early_start import EarlyStart
    from drift.check.migration_history import Made, Request
    from drift.sources.migrations.runner import Migrations


class Histories:
    """The histories of a run: the same migrations run once for all targets."""

    def __init__(self, scratch: Scratch, comparisons: Comparisons | None = None) -> None:
        """Take the server to run migrations on, and the comparisons that the targets share."""
        self.scratch, self.comparisons = scratch, comparisons
        self._lock = threading.Lock()
        self._early: EarlyStart | None = None
        # with the expected side, whose id is in the key: another one must not get the same
        self._made: dict[Hashable, tuple[Expected, Made | DriftError]] = {}

    @contextmanager
    def begun(self, target: Target, note: Note) -> Iterator[None]:
        """Start the migrations of a target while other work goes on in the block."""
        from drift.check.early_start import EarlyStart

        early = EarlyStart(self.scratch, target, note)
        self._early = early
        try:
            yield
        finally:
            self._early = None
            early.close()

    def of(self, request: Request) -> Made:
        """Return the history of a target. Raises DriftError if the migrations cannot be run."""
        with self._lock:
            if request.key not in self._made:
                try:
                    made: Made | DriftError = self._make(request)
                except DriftError as problem:
                    made = problem
                self._made[request.key] = request.expected, made
            _, made = self._made[request.key]
        if isinstance(made, DriftError):
            raise made
        return made

    def _make(self, request: Request) -> Made:
        from drift.check.migration_history import made

        with ExitStack() as stack:
            database, migrations = self._early_start(request, stack) or self._start(request, stack)
            return made(request, database, migrations)

    def _early_start(
        self, request: Request, stack: ExitStack
    ) -> tuple[ScratchDatabase, Migrations] | None:
        """Return the migrations that `begun` started, unless their search path is another one."""
        from drift.check.early_start import key

        early = self._early
        if early is None or early.key != key(request.target) or request.default_schema != "public":
            return None
        return early.take(stack, request.extensions)

    def _start(self, request: Request, stack: ExitStack) -> tuple[ScratchDatabase, Migrations]:
        from drift.sources.migrations.runner import run_for

        database = stack.enter_context(self.scratch.database(request.extensions))
        migrations = run_for(request.target, request.environment, database, request.note)
        return database, stack.enter_context(migrations)
