"""The file of a history: read and verified before the checks, extended by one line after them."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drift.errors import UsageError
from drift.history.compare import aged, run_of
from drift.history.lines import InvalidLineError, Run, check_header, decoded, encoded, header
from drift.history.state import State
from drift.report.report import Report

LARGEST = 512 << 20
"""Bytes of a history: a nightly run of a thousand databases writes a few MB in a year."""


class History:
    """The findings of earlier runs, in one file.

    Opening one raises UsageError if the file cannot be written, or holds anything else.
    """

    def __init__(self, path: Path, shown: str = "") -> None:
        """Take an absolute path, and the path for messages, as the user typed it."""
        self.notes: list[str] = []
        self._path = path
        self._shown = shown or str(path)
        self._line: tuple[int, Run] | None = None
        with self._file() as file:
            self._state, self._size = self._read(file)

    def aged(self, report: Report) -> Report:
        """Return the report with the age of each finding. The file stays as it is."""
        run = run_of(report, self._state, _now())
        self._line = self._size, run
        return aged(report, self._state, run)

    def record(self, report: Report) -> None:
        """Add the run to the file, as a whole or not at all. Raises UsageError.

        Another run may have added a line meanwhile, so that the file is locked, and the changes
        since its last line are decided again.
        """
        with self._file(lock=True) as file:
            if self._line and self._line[0] == os.fstat(file).st_size:
                run = self._line[1]
            else:
                run = run_of(report, self._read(file)[0], _now())
            _append(file, encoded(run))

    @contextmanager
    def _file(self, *, lock: bool = False) -> Iterator[int]:
        """Open the file; an empty one is made. Raises UsageError if that fails."""
        handle = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.exists() and not self._path.is_file():
                raise UsageError(f"the history {self._shown} is not a file; name another one")
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            if lock:
                _lock(handle)
            yield handle
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or problem
            raise UsageError(f"cannot write the history {self._shown}: {reason}") from None
        finally:
            if handle is not None:
                os.close(handle)

    def _read(self, file: int) -> tuple[State, int]:
        """Return the state after all lines, and the size of the file."""
        if (size := os.fstat(file).st_size) > LARGEST:
            raise UsageError(
                f"the history {self._shown} is larger than {LARGEST >> 20} MiB; start another one"
            )
        state = State()
        with os.fdopen(os.dup(file), "rb") as lines:
            lines.seek(0)
            for number, line in enumerate(lines, 1):
                if _is_cut_off(line, number):
                    self._note_cut()
                    break
                try:
                    if number == 1:
                        check_header(line)
                    else:
                        state.apply(decoded(line))
                except InvalidLineError as problem:
                    where = f"{self._shown}:{number}: the line" if number > 1 else self._shown
                    raise UsageError(f"the history {where} {problem}") from None
        return state, size

    def _note_cut(self) -> None:
        text = f"the last line of the history {self._shown} was cut off, and is ignored"
        if text not in self.notes:
            self.notes.append(text)


def _is_cut_off(line: bytes, number: int) -> bool:
    """Return whether the writer of the last line did not finish: each ends with a line break."""
    if line.endswith(b"\n"):
        return False
    return number > 1 or header().startswith(line)


def _append(file: int, line: bytes) -> None:
    """Write a line, after the header if the file is new; undo the write if that fails."""
    size = _end_of_lines(file)
    data = memoryview(line if size else header() + line)
    try:
        while data:
            data = data[os.write(file, data) :]
        os.fsync(file)
    except OSError:
        os.ftruncate(file, size)
        raise


def _end_of_lines(file: int) -> int:
    """Return the size of the file, after removing a line that was cut off."""
    size = end = os.fstat(file).st_size
    tail = b""
    while end and b"\n" not in tail:
        start = max(0, end - 65_536)
        tail = os.pread(file, end - start, start)
        if (position := tail.rfind(b"\n")) >= 0:
            end = start + position + 1
            break
        end = start
    if end < size:
        os.ftruncate(file, end)
    return end


def _lock(file: int) -> None:
    """Wait for other runs that write to the file; the lock ends with the process."""
    try:
        import fcntl
    except ImportError:  # on Windows, one write at the end of a file is all there is
        return
    fcntl.flock(file, fcntl.LOCK_EX)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
