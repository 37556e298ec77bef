"""Ignores warnings for the time of a block, in any number of threads."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_lock = threading.Lock()
_blocks: list[Any] = []
"""The function that restores the filters, once per block.

The filters are those of the whole process: only the last block may restore those of the first."""


@contextmanager
def without_warnings() -> Iterator[None]:
    """Ignore warnings in the block."""
    if getattr(sys.flags, "context_aware_warnings", False):  # filters are of a thread's own
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
        return
    with _lock:
        if not _blocks:
            caught = warnings.catch_warnings()
            caught.__enter__()
            warnings.simplefilter("ignore")
            _blocks.append(caught)
        else:
            _blocks.append(_blocks[-1])
    try:
        yield
    finally:
        with _lock:
            caught = _blocks.pop()
            if not _blocks:
                caught.__exit__(None, None, None)
