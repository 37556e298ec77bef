"""Runs the sdist's tests on the installed wheel: `python -m tests.packaging --help`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.packaging import distributions


def main() -> int:
    """Build, install, unpack, and run pytest; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.packaging", description=__doc__)
    parser.add_argument("--oldest", action="store_true", help="on the oldest versions required")
    parser.add_argument("tests", nargs="*", help="arguments of pytest, after --")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="drift-wheel-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        return run(folder, asked.tests, oldest=asked.oldest)


def run(folder: Path, tests: list[str], *, oldest: bool) -> int:
    """Run the tests in a folder that holds neither the repository nor its package."""
    built = distributions.build(folder / "dist")
    python = distributions.environment(folder / "venv", built.wheel, extra="[test]")
    if oldest:
        versions = distributions.oldest()
        sys.stderr.write(f"oldest versions: {' '.join(versions)}\n")
        distributions.replace(python, versions)
    unpacked = distributions.unpack_tests(built.sdist, folder / "sdist")
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", *tests]
    return subprocess.run(
        command, cwd=unpacked, env=variables | {"PATH": path}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
