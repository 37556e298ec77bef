"""The `drift` command, also as `python -m drift`: hears signals before anything is imported."""

import sys

from drift import stopping, supervision


def main() -> None:
    """Run the command, in a process of its own if it imports models."""
    if supervision.needed(sys.argv[1:]):
        supervision.run(_command)
    stopping.run(_command)


def _command() -> None:
    from drift.cli import main as command

    command()


if __name__ == "__main__":
    main()
