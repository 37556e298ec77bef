"""Runs what `drift init` writes, in projects of every shape, each job in a new environment.

`python -m tests.init.shapes WHEELS [SHAPE…]`: WHEELS is a folder with the wheel of drift, which the
steps install like a release. uv makes the environments, and the tools of the shapes (poetry, pdm,
pipenv) their lock files; the steps install them again by themselves. It needs a package index.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import yaml

from drift.scratch import Scratch
from tests import command
from tests.init.shape_projects import SHAPES, Shape, make

_DROPPED = ("DATABASE_URL", "DRIFT_", "PYTHON", "VIRTUAL_ENV", "PGHOST")
_LOCAL = shutil.ignore_patterns(".venv", ".pdm-python", "*.egg-info", "build", "__pycache__")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job that `drift init` wrote: the scripts of its steps, and where they run."""

    name: str
    folder: str
    variables: Mapping[str, str]
    scripts: Sequence[str]

    @property
    def is_gate(self) -> bool:
        """Whether it runs the migrations, without a database of the project."""
        return "gate" in self.name


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a job: its steps that ran, the exit code of the last, and its output."""

    shape: str
    job: str
    steps: str
    exit_code: int
    seconds: float
    output: str = ""


def github(root: Path) -> Iterator[Job]:
    """Yield the jobs of the workflows; actions are left out."""
    for path in sorted((root / ".github/workflows").glob("*.yml")):
        (job,) = yaml.safe_load(path.read_text())["jobs"].values()
        default = job.get("defaults", {"run": {"working-directory": "."}})
        yield Job(
            name=f"GitHub {path.stem}",
            folder=default["run"]["working-directory"],
            variables=job.get("env", {}),
            scripts=[step["run"] for step in job["steps"] if "run" in step],
        )


def gitlab(root: Path) -> Iterator[Job]:
    """Yield the jobs of the pipeline, each with one script, as GitLab runs them."""
    for name, job in yaml.safe_load((root / ".gitlab-ci.yml").read_text()).items():
        lines = [*job["before_script"], *job["script"]]
        variables = job.get("variables", {})
        yield Job(
            name=f"GitLab {name}", folder=".", variables=variables, scripts=["\n".join(lines)]
        )


HOSTS: Mapping[str, Any] = {"github": github, "gitlab": gitlab}


def perform(shape: str, job: Job, root: Path, environment: Mapping[str, str]) -> Row:
    """Run the steps of a job in a copy of the project, with a new Python environment."""
    began, code, output, done = time.monotonic(), 0, "", 0
    with tempfile.TemporaryDirectory(prefix="shape-") as made:
        copy = Path(made) / "project"
        shutil.copytree(root, copy, ignore=_LOCAL)
        subprocess.run(
            ["uv", "venv", "--quiet", "--seed", f"{made}/python"], env=environment, check=True
        )
        env = {
            **{key: text for key, text in environment.items() if key != "DATABASE_URL"},
            **({} if job.is_gate else {"DATABASE_URL": environment["DATABASE_URL"]}),
            **job.variables,
            "CI": "true",
            "PATH": f"{made}/python/bin:/usr/local/bin:/usr/bin:/bin",
            "POETRY_VIRTUALENVS_PATH": f"{made}/poetry",
            "WORKON_HOME": f"{made}/pipenv",
        }
        for script in job.scripts:
            text = script.replace(" --report github", "")  # nothing leaves this machine
            outcome = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
                cwd=copy / job.folder, env=env, timeout=900, check=False, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            code, output, done = outcome.returncode, outcome.stdout, done + 1
            if code:
                break
    steps, seconds = f"{done}/{len(job.scripts)}", time.monotonic() - began
    return Row(
        shape=shape, job=job.name, steps=steps, exit_code=code, seconds=seconds, output=output
    )


def attempt(
    name: str, shape: Shape, hosts: Sequence[str], environment: Mapping[str, str]
) -> Iterator[Row]:
    """Yield the result of each job that `drift init` writes for a shape, on each host."""
    for host in hosts:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "shop"
            make(root, shape, environment)
            began = time.monotonic()
            outcome = command.drift(
                "init", "--yes", "--ci", host, cwd=root / shape.start, env=environment
            )
            yield Row(
                shape=name,
                job=f"drift init --ci {host}",
                steps="1/1",
                exit_code=outcome.returncode,
                seconds=time.monotonic() - began,
                output=outcome.stderr,
            )
            if outcome.returncode == 0:
                yield from (perform(name, job, root, environment) for job in HOSTS[host](root))


def rows(name: str, hosts: Sequence[str], environment: Mapping[str, str]) -> Iterator[Row]:
    """Yield the results for a shape; one that cannot be made is a failure of its own."""
    began = time.monotonic()
    try:
        yield from attempt(name, SHAPES[name], hosts, environment)
    except (OSError, subprocess.SubprocessError) as problem:
        said = getattr(problem, "stdout", "") or ""
        yield Row(
            shape=name,
            job="make",
            steps="0/1",
            exit_code=getattr(problem, "returncode", 1),
            seconds=time.monotonic() - began,
            output=f"{said}{getattr(problem, 'stderr', '') or ''}{traceback.format_exc(limit=1)}",
        )


def line(row: Row) -> str:
    """Return a line of the table."""
    numbers = f"{row.steps:>6}{row.exit_code:>6}{row.seconds:>9.1f}"
    return f"{row.shape:26}{row.job:28}{numbers}"


def main(wheels: Path, names: Sequence[str], hosts: Sequence[str]) -> int:
    """Try the shapes, and print the output of failures and a table; return 1 if one fails."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith(_DROPPED)}
    links = f"{wheels.resolve()} {os.environ.get('PIP_FIND_LINKS', '')}".strip()
    kept |= {"PIP_FIND_LINKS": links, "UV_FIND_LINKS": links.replace(" ", ",")}
    results = []
    with Scratch(None) as scratch, scratch.database() as database:
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE users (id serial PRIMARY KEY);"
                "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);"
                "INSERT INTO alembic_version VALUES ('0001')"
            )
        environment = kept | {"DATABASE_URL": database.url}
        for name in names or SHAPES:
            for row in rows(name, hosts, environment):
                results.append(row)
                print(f"{line(row)}\n{row.output[-3000:] if row.exit_code else ''}", flush=True)  # noqa: T201
    print(f"{'shape':26}{'job':28}{'steps':>6}{'exit':>6}{'seconds':>9}")  # noqa: T201
    print(*map(line, results), sep="\n")  # noqa: T201
    return int(any(row.exit_code for row in results))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", type=Path)
    parser.add_argument("shapes", nargs="*", metavar="shape", help=", ".join(SHAPES))
    parser.add_argument("--host", action="append", choices=HOSTS)
    given = parser.parse_args()
    raise SystemExit(main(given.wheels, given.shapes, given.host or [*HOSTS]))
