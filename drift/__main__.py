"""The `drift` command, also as `python -m drift`: hears signals before anything is imported."""

import atexit
import gc
import sys


def _unusable(*problem: object) -> None:
    """End with 2 if not even this can be imported: Python's own exit code would mean drift."""
    import os

    sys.stderr.write(f"drift: error: cannot start: {problem[1]}\n")
    sys.stderr.flush()
    os._exit(2)


sys.excepthook = _unusable
from drift.process import child, signals  # noqa: E402 — nothing may fail before the line above

sys.excepthook = sys.__excepthook__

_OBJECTS = 200_000
"""Objects that are made between two searches for garbage, instead of Python's 700 to 2,000.

Modules, models and schemas stay until the end: to look through them again and again takes a fifth
of a run. Garbage of a run over many targets is still found.
"""


def main() -> None:
    """Run the command, in a process of its own if it imports models."""
    # Python collects garbage when it ends, too. To skip that saves 5 of 47 ms of the help, and 3 ms
    # in the parent of a check.
    atexit.register(gc.freeze)
    if child.imports_models(sys.argv[1:]):
        child.run(_command)
    signals.run(_command)


def _command() -> None:
    gc.set_threshold(_OBJECTS)
    from drift.cli.main import main as command

    command()


if __name__ == "__main__":
    main()
