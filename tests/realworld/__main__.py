"""Checks databases that real applications just made: a finding that is not expected is false.

    python -m tests.realworld --envs DIR --dsn postgresql://postgres@localhost [NAME...]

Each application of applications.yaml gets an environment of its own in --envs (kept, so that the
next run is fast) and a fresh database on the server. `uv` makes the environments.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import yaml

HERE = Path(__file__).resolve().parent
RECIPES = HERE / "recipes"
TOOL = (
    "psycopg[binary]>=3.2 msgspec>=0.19 click>=8.1 pyyaml>=6.0 deepdiff>=6.7 "
    "sentry-sdk>=1.40 psycopg2-binary"  # SQLAlchemy 1.4 does not know psycopg 3
)


class FailedError(Exception):
    """A step that went wrong, in one line."""


@dataclass(frozen=True)
class Setup:
    """Where things are."""

    envs: Path
    dsn: str
    drift: Path
    driver: str
    timeout: int


def main() -> int:
    """Check the named applications, or all; return 1 if one had a finding not expected."""
    args = _arguments()
    setup = Setup(args.envs.resolve(), args.dsn, args.drift.resolve(), args.driver, args.timeout)
    applications = yaml.safe_load(args.applications.read_text())
    if unknown := set(args.names) - {application["name"] for application in applications}:
        sys.exit(f"no such application: {', '.join(sorted(unknown))}")
    rows = []
    _print("application", "version", "SQLAlchemy", "tables", "columns", "findings", "seconds")
    for application in applications:
        if not args.names or application["name"] in args.names:
            rows.append(_row(application, setup))
            _print(*(str(rows[-1][key]) for key in list(rows[-1])[:7]))
            _explain(rows[-1])
    if args.json:
        args.json.write_text(json.dumps(rows, indent=2) + "\n")
    return int(any(row["error"] or row["rules"] != row["expected"] for row in rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="applications; otherwise all")
    parser.add_argument(
        "--envs", type=Path, default=HERE / ".envs", help="where environments are kept"
    )
    parser.add_argument(
        "--dsn",
        default=os.environ.get("DRIFT_TEST_DSN", "postgresql://postgres@127.0.0.1:5432/postgres"),
        help="a superuser's URL of the server",
    )
    parser.add_argument(
        "--driver",
        default="psycopg2",
        choices=("psycopg2", "psycopg"),
        help="what creates the metadata (psycopg needs SQLAlchemy 2)",
    )
    parser.add_argument("--drift", type=Path, default=HERE.parents[1], help="the repository's root")
    parser.add_argument("--applications", type=Path, default=HERE / "applications.yaml")
    parser.add_argument("--json", type=Path, help="also write the rows, with all findings, here")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for any one step")
    return parser.parse_args()


def _row(application: Mapping[str, Any], setup: Setup) -> dict[str, Any]:
    """Return one line of the table, and what is told below it."""
    row: dict[str, Any] = {
        "application": application["name"],
        "version": application["package"].partition("==")[2],
        **dict.fromkeys(("sqlalchemy", "tables", "columns", "findings", "seconds"), "-"),
        "rules": {},
        "expected": application.get("expected", {}),
        "details": [],
        "error": None,
    }
    try:
        python = _environment(application, setup)
        row |= _create(application, setup, python)
        row |= _check(application, setup, python)
    except FailedError as error:
        row["error"] = str(error)
    return row


def _environment(application: Mapping[str, Any], setup: Setup) -> Path:
    """Return the Python of the application's environment, which is made where there is none."""
    env: Path = setup.envs / application.get("env", application["name"])
    python, complete = env / "bin" / "python", env / ".complete"
    if not complete.exists():
        uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
        _run(
            "venv",
            [uv, "venv", "--quiet", "--clear", "--python", application["python"], env],
            setup,
        )
        packages = [application["package"], *application.get("extras", ()), *TOOL.split()]
        overrides = env / "overrides.txt"
        overrides.write_text("\n".join(application.get("overrides", ())))
        install: list[str | Path] = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--compile-bytecode",
            "--python",
            python,
            "--overrides",
            overrides,
        ]
        _run("install", [*install, *packages], setup)
        complete.touch()
    return python


def _create(application: Mapping[str, Any], setup: Setup, python: Path) -> dict[str, Any]:
    command: list[str | Path] = [
        python,
        HERE / "create.py",
        "--admin",
        setup.dsn,
        "--driver",
        setup.driver,
    ]
    command += ["--database", _database(application, setup), *_imports(application)]
    command += [f"--statement={statement}" for statement in application.get("statements", ())]
    command += [f"--omit={refused}" for refused in application.get("refused", ())]
    done = _run("create", [*command, *application["models"]], setup, _variables(application))
    created: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return created


def _check(application: Mapping[str, Any], setup: Setup, python: Path) -> dict[str, Any]:
    command: list[str | Path] = [python, "-m", "drift", "check", "--format", "json"]
    command += ["--database", _database(application, setup), *_imports(application)]
    command += [part for model in application["models"] for part in ("--models", model)]
    variables = _variables(application) | {
        "PYTHONPATH": os.pathsep.join([str(setup.drift), str(RECIPES)])
    }
    start = time.perf_counter()
    done = _run("check", command, setup, variables, allowed=(0, 1))
    seconds = round(time.perf_counter() - start, 1)
    try:
        findings = json.loads(done.stdout)["checks"][0]["findings"]
    except (ValueError, LookupError) as error:
        raise FailedError(f"check: {error!r} in {done.stdout[:200]!r}") from error
    return {
        "findings": len(findings),
        "seconds": seconds,
        "rules": dict(Counter(finding["rule"] for finding in findings)),
        "details": [finding["message"] for finding in findings],
    }


def _database(application: Mapping[str, Any], setup: Setup) -> str:
    name = "drift_realworld_" + re.sub(r"\W", "_", application["name"])
    return urlunsplit(urlsplit(setup.dsn)._replace(path=f"/{name}"))


def _imports(application: Mapping[str, Any]) -> list[str]:
    return [part for name in application.get("import", ()) for part in ("--import", name)]


def _variables(application: Mapping[str, Any]) -> dict[str, str]:
    declared = application.get("environment", {})
    values = {name: str(value).format(recipes=RECIPES) for name, value in declared.items()}
    return {"PYTHONPATH": str(RECIPES), **values}


def _run(
    step: str,
    command: Sequence[str | Path],
    setup: Setup,
    variables: Mapping[str, str] | None = None,
    allowed: Sequence[int] = (0,),
) -> subprocess.CompletedProcess[str]:
    """Run one step in an empty working directory; raise FailedError with its last line."""
    work = setup.envs / ".work"
    work.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            [str(part) for part in command],
            env={**os.environ, **(variables or {})},
            cwd=work,
            capture_output=True,
            text=True,
            timeout=setup.timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FailedError(f"{step}: {error}") from error
    if done.returncode not in allowed:
        said = _last_error(done.stderr.strip() or done.stdout.strip() or "nothing was said")
        raise FailedError(f"{step}: exit {done.returncode}: {said[:300]}")
    return done


def _last_error(text: str) -> str:
    """Return the line that names the error: the last, unless more was said after it."""
    lines = text.splitlines()
    named = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Exit)\b", line)]
    return (named or lines)[-1]


def _explain(row: Mapping[str, Any]) -> None:
    if row["error"]:
        print(f"    {row['error']}", flush=True)  # noqa: T201
    for rule, count in sorted(row["rules"].items()):
        note = "as expected" if row["expected"].get(rule) == count else "FALSE"
        print(f"    {count:5} {rule}: {note}", flush=True)  # noqa: T201


def _print(*cells: str) -> None:
    print("{:24}{:14}{:12}{:>8}{:>9}{:>10}{:>9}".format(*cells), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
