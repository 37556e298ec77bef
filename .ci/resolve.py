"""Shows that drift resolves beside applications that pin much: `python .ci/resolve.py [NAME]…`.

Each stack is resolved with drift's requirements, and nothing is installed. A stack that the package
index does not have is named, and is no failure.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Stack(NamedTuple):
    """Requirements of an application; `constraints` are versions that it asks its users for."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    python: str = "3.11"


STACKS = {
    "airflow 2": Stack(("apache-airflow==2.10.5",)),
    "airflow 3.0 with its constraints": Stack(
        ("apache-airflow==3.0.1",),
        # Those of Airflow's constraints-3.11.txt that drift has requirements for.
        ("sqlalchemy==1.4.54", "alembic==1.16.1", "certifi==2025.4.26", "click==8.2.1",
         "jinja2==3.1.6", "markupsafe==3.0.2", "msgspec==0.19.0", "pyyaml==6.0.2",
         "ordered-set==4.1.0", "greenlet==3.2.2", "pydantic==2.11.5"),
    ),
    "airflow, newest": Stack(("apache-airflow",)),
    "superset": Stack(("apache-superset>=4.1",)),
    "mlflow": Stack(("mlflow>=2.20",)),
    "prefect": Stack(("prefect>=3",)),
    "fastapi and pydantic 1": Stack(("fastapi==0.100.*", "pydantic<2", "sqlalchemy<2", "asyncpg")),
    "fastapi and sqlmodel": Stack(("fastapi", "sqlmodel", "alembic", "asyncpg")),
    "flask and sqlalchemy 1.4": Stack(
        ("flask<2.3", "flask-sqlalchemy<3", "sqlalchemy==1.4.*", "flask-migrate", "psycopg2-binary")
    ),
    "sentry-sdk 1": Stack(("sentry-sdk<2", "urllib3<2", "sqlalchemy==1.4.*")),
    "newest of everything": Stack(
        ("sqlalchemy", "alembic", "fastapi", "flask", "sentry-sdk"), python="3.13"
    ),
}  # fmt: skip
SHOWN = ("sqlalchemy", "psycopg", "click", "urllib3", "sentry-sdk", "alembic", "pydantic")


def compile_(stack: Stack, *own: str) -> subprocess.CompletedProcess[str]:
    """Resolve a stack together with some requirements of ours."""
    options = ["--python-version", stack.python, "--no-header", "--no-annotate", "--quiet"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write("\n".join(stack.constraints))
        constraints.flush()
        command = [sys.executable, "-m", "uv", "pip", "compile", "-", *options]
        return subprocess.run(
            [*command, "--constraints", constraints.name],
            input="\n".join([*stack.requirements, *own]),
            capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip


def outcome(stack: Stack) -> tuple[str, str]:
    """Return `yes`, `no` or `not there`, and the versions or the conflict."""
    both = compile_(stack, f"sqlalchemy-drift @ {ROOT.as_uri()}")
    if both.returncode == 0:
        lines = both.stdout.split()
        return "yes", " ".join(line for line in lines if line.partition("==")[0] in SHOWN)
    alone = compile_(stack)
    text = both if alone.returncode == 0 else alone
    return "no" if alone.returncode == 0 else "not there", " ".join(text.stderr.split())


def main(names: list[str]) -> int:
    """Print a line per stack; return 1 if drift does not resolve beside one."""
    failed = False
    for name in names or STACKS:
        verdict, detail = outcome(STACKS[name])
        failed |= verdict == "no"
        print(f"{name}: {verdict}: {detail}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
