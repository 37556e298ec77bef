"""The process that removes what is left if drift is killed."""

from __future__ import annotations

import threading
from pathlib import Path

from drift.scratch.reaper import Reaper


def test_another_thread_may_remove_something_while_it_ends(tmp_path: Path) -> None:
    reaper, name = Reaper(), str(tmp_path / "server")
    reaper.add(name)
    end = threading.Thread(target=reaper.close)
    end.start()
    while end.is_alive():
        reaper.remove(name)
    reaper.remove(name)
    assert reaper._process is None
