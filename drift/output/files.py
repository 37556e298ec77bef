"""Writes reports to files: whole or not at all; devices and pipes are written to directly."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from pathlib import Path

from drift.errors import UsageError

_PIPE_TIMEOUT, _PAUSE = 5.0, 0.05
"""Seconds to wait for the reader of a pipe, and between two attempts."""

LARGEST_PREVIOUS = 16 << 20
"""Characters of an earlier report that are read."""


def write_file(path: Path, text: str, shown: str = "") -> None:
    """Write a file whole or not at all; create the folders above it. Raises UsageError.

    A symbolic link stays one, a device or a pipe is written to, and /dev/stdout is our own. `shown`
    is the path for messages, as the user typed it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if (stream := _stream(path)) is not None:
            _fill(os.dup(stream), text)
        elif path.exists() and not path.is_file():
            _fill(_open(path), text)
        else:
            _replace(Path(os.path.realpath(path)), text)
    except OSError as problem:
        reason = problem.strerror or problem
        raise UsageError(f"cannot write {shown or path}: {reason}") from None


def replace_bytes(path: Path, data: bytes, shown: str) -> None:
    """Replace a file by one with other bytes, whole or not at all. Raises UsageError.

    A symbolic link stays one. A file that may not be written is not replaced either.
    """
    try:
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        _replace(Path(os.path.realpath(path)), data)
    except OSError as problem:
        reason = problem.strerror or problem
        raise UsageError(f"cannot write {shown}: {reason}") from None


def is_special(path: Path) -> bool:
    """Return whether a path is a device, a pipe or an open file, which is never replaced."""
    return _stream(path) is not None or (path.exists() and not (path.is_file() or path.is_dir()))


def previous(path: Path) -> str:
    """Return the text of the file that a report is about to replace; "" if it cannot be read."""
    if is_special(path):
        return ""
    with contextlib.suppress(OSError), path.open(encoding="utf-8", errors="replace") as file:
        return file.read(LARGEST_PREVIOUS)
    return ""


def _open(path: Path) -> int:
    """Open a device, or a pipe, whose reader may take a few seconds to open it."""
    deadline = time.monotonic() + _PIPE_TIMEOUT
    while True:
        try:
            handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
        except OSError as problem:
            if problem.errno != errno.ENXIO or not path.is_fifo():
                raise
        else:
            os.set_blocking(handle, True)
            return handle
        if time.monotonic() > deadline:
            raise OSError(errno.ENXIO, f"no program reads this pipe (waited {_PIPE_TIMEOUT:.0f} s)")
        time.sleep(_PAUSE)


def _stream(path: Path) -> int | None:
    """Return the file descriptor that a path such as /dev/stdout stands for."""
    folder, name = os.path.split(path)
    if folder in {"/dev/fd", "/proc/self/fd"} and name.isdecimal():
        return int(name)
    return {"/dev/stdout": 1, "/dev/stderr": 2}.get(str(path))


def _fill(handle: int, content: str | bytes) -> None:
    if isinstance(content, bytes):
        with os.fdopen(handle, "wb") as binary:
            binary.write(content)
        return
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        file.write(content)


def _replace(path: Path, text: str | bytes) -> None:
    """Write a temporary file and rename it, so that no reader sees half a report."""
    beside = path.with_name(f".drift-{os.urandom(8).hex()}")
    try:
        _fill(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), text)
        with contextlib.suppress(FileNotFoundError):
            beside.chmod(stat.S_IMODE(path.stat().st_mode))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
