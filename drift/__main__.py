"""The `drift` command, also as `python -m drift`: hears signals before anything is imported."""

from drift import stopping


def main() -> None:
    """Run the command."""
    stopping.run(_command)


def _command() -> None:
    from drift.cli import main as command

    command()


if __name__ == "__main__":
    main()
