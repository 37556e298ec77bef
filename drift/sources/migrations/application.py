"""Gives env.py the surroundings that some need: a Flask application, or an event loop."""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any


class Application:
    """The Flask application of an env.py by Flask-Migrate; loaded once, when it is needed."""

    def __init__(self, script: Path) -> None:
        """Take the folder of env.py."""
        self._script = script

    def context(self) -> contextlib.AbstractContextManager[Any]:
        """Return a new context of the application, which does nothing for other env.py files."""
        if not self._is_flask:
            return contextlib.nullcontext()
        context: contextlib.AbstractContextManager[Any] = self._flask.app_context()
        return context

    @cached_property
    def _is_flask(self) -> bool:
        return "current_app" in (self._script / "env.py").read_text(errors="replace")

    @cached_property
    def _flask(self) -> Any:
        from flask.cli import ScriptInfo

        # the option --app of `flask` has this variable as its default, ScriptInfo does not
        return ScriptInfo(app_import_path=os.environ.get("FLASK_APP")).load_app()


def run_environment(run: Callable[[], Any], has_begun: Callable[[], bool]) -> None:
    """Run env.py; if it calls an event loop from a worker thread, give it both.

    An asynchronous application may start Alembic in a thread of its loop. env.py then uses
    `anyio.from_thread`, which fails anywhere else before a migration runs.
    """
    try:
        run()
    except RuntimeError as error:
        if has_begun() or not _needs_loop(error):
            raise
        import anyio

        anyio.run(anyio.to_thread.run_sync, run)


def _needs_loop(error: BaseException) -> bool:
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and frames[-1].f_globals.get("__name__") == "anyio.from_thread"
