"""A temporary folder in memory: a database is made there in a sixth of the time."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

_MEMORY = Path("/dev/shm")
_NEEDED = 4 << 30
"""Bytes that have to be free; a whole run takes less than half."""


def use_memory() -> Callable[[], None]:
    """Make a folder in memory the one for temporary files; return what deletes it.

    A TMPDIR that is set stays, and a system whose memory is small or runs no programs keeps its
    own. Processes that the tests start inherit the folder.
    """
    if os.environ.get("TMPDIR") or not _suitable():
        return lambda: None
    folder = tempfile.mkdtemp(prefix="d-", dir=_MEMORY)
    Path(folder).chmod(0o1777)  # servers and commands run as other accounts too
    os.environ["TMPDIR"] = folder
    tempfile.tempdir = None

    def delete() -> None:
        del os.environ["TMPDIR"]
        tempfile.tempdir = None
        shutil.rmtree(folder, ignore_errors=True)

    return delete


def _suitable() -> bool:
    try:
        status = os.statvfs(_MEMORY)
    except OSError:
        return False
    runs_programs = not status.f_flag & getattr(os, "ST_NOEXEC", 0)
    return runs_programs and status.f_bavail * status.f_frsize >= _NEEDED


def short() -> Path:
    """Return the folder for those whose names have to be short, such as those of sockets."""
    folder = Path(tempfile.gettempdir())
    return folder if folder.is_relative_to(_MEMORY) else Path("/tmp")
