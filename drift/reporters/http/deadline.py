"""A time limit for a whole request: the timeout of a socket starts again with each read."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Return what `work` returns; raise TimeoutError when it takes longer, and leave it alone.

    The thread is a daemon: a name server or an answer that trickles can keep it waiting, and must
    not keep the process from ending.
    """
    done: queue.Queue[tuple[Result | None, Exception | None]] = queue.Queue()

    def run() -> None:
        try:
            done.put((work(), None))
        except Exception as problem:  # noqa: BLE001 — raised again by who waits
            done.put((None, problem))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, problem = done.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if problem:
        raise problem
    return result  # type: ignore[return-value]
