"""Checks the causes of differences in databases that real applications' own migrations made.

    python -m tests.realworld.migrated --envs DIR --dsn postgresql://postgres@localhost [NAME...]

For each application of applications.yaml with `migrations`, four databases are checked with
`--causes`: at head (every difference needs a migration), before the last revisions (what they
make is pending), at head after changes by hand (exactly these have that cause), and the migrations
themselves against the models and the database at head.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import yaml
from psycopg import sql

from tests.realworld.__main__ import HERE, RECIPES, FailedError, Setup, _environment, _run

Findings = Mapping[tuple[str, str, str], Mapping[str, Any]]
"""The findings of a check by rule, table and name of the object."""


def main() -> int:
    """Check the named applications, or all; return 1 if a cause was not as expected."""
    args = _arguments()
    setup = Setup(args.envs.resolve(), args.dsn, HERE.parents[1], "psycopg2", args.timeout)
    applications = yaml.safe_load((HERE / "applications.yaml").read_text())
    problems = 0
    for application in applications:
        if "migrations" in application and (not args.names or application["name"] in args.names):
            for line in _lines(Application(application, setup)):
                print(line, flush=True)  # noqa: T201
                problems += "FALSE" in line
    return int(problems > 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="applications; otherwise all")
    parser.add_argument("--envs", type=Path, default=HERE / ".envs")
    parser.add_argument(
        "--dsn",
        default=os.environ.get("DRIFT_TEST_DSN", "postgresql://postgres@127.0.0.1:5432/postgres"),
        help="a superuser's URL of the server",
    )
    parser.add_argument("--timeout", type=int, default=600, help="seconds for any one step")
    return parser.parse_args()


class Application:
    """An application of applications.yaml with its environment and its databases."""

    def __init__(self, declared: Mapping[str, Any], setup: Setup) -> None:
        """Make the environment, unless it exists."""
        self.declared, self.setup, self.name = declared, setup, declared["name"]
        self.migrations: Mapping[str, Any] = declared["migrations"]
        self.python = _environment(declared, setup)
        self.work = setup.envs / ".work" / self.name
        self.work.mkdir(parents=True, exist_ok=True)

    def url(self, step: str, scheme: str = "postgresql") -> str:
        """Return the URL of the database of a step."""
        name = f"drift_migrated_{self.name.replace('-', '_')}_{step}"
        return urlunsplit(urlsplit(self.setup.dsn)._replace(scheme=scheme, path=f"/{name}"))

    def migrate(self, step: str, revision: str) -> None:
        """Make the database of a step with the application's own command."""
        name = sql.Identifier(urlsplit(self.url(step)).path[1:])
        with psycopg.connect(self.setup.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        words = [self._filled(word, step, revision) for word in self.migrations["upgrade"]]
        program = self.python.with_name(words[0])
        _run(f"{self.name}: upgrade", [program, *words[1:]], self.setup, self.variables(step))

    def execute(self, step: str, statements: Sequence[str]) -> None:
        """Change the database of a step by hand."""
        with psycopg.connect(self.url(step), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def variables(self, step: str) -> dict[str, str]:
        """Return what the application needs in its environment, with the URL of a database."""
        declared = self.declared.get("environment", {}) | self.migrations.get("environment", {})
        values = {name: self._filled(str(value), step) for name, value in declared.items()}
        return {"PYTHONPATH": f"{self.setup.drift}{os.pathsep}{RECIPES}", **values}

    def _filled(self, text: str, step: str, revision: str = "") -> str:
        [site] = (self.python.parents[1] / "lib").glob("python*/site-packages")
        scheme = self.migrations.get("scheme", "postgresql+psycopg2")
        return text.format(
            recipes=RECIPES, here=HERE, site=site, url=self.url(step, scheme), revision=revision
        )

    def drift(self, step: str, *words: str) -> tuple[Any, float]:
        """Run a command on the database of a step; return its JSON and the seconds."""
        settings = {
            "database": self.url(step),
            "models": self.declared["models"],
            "import": self.declared.get("import", []),
            "migrations": {
                "config": self._filled(self.migrations["config"], step),
                "variables": self.migrations.get("variables", ["DATABASE_URL"]),
            },
        }
        config = self.work / f"{step}.yaml"
        config.write_text(yaml.safe_dump(settings))
        command = [self.python, "-m", "drift", words[0], "--config", config, *words[1:]]
        begin = time.perf_counter()
        done = _run(f"drift {words[0]}", command, self.setup, self.variables(step), allowed=(0, 1))
        return json.loads(done.stdout), time.perf_counter() - begin

    def check(self, step: str) -> tuple[Any, Findings, float]:
        """Check the database of a step with causes; return the check and its findings."""
        document, seconds = self.drift(step, "check", "--causes", "--format", "json")
        if document["failures"]:
            raise FailedError(f"{step}: {document['failures'][0]['reason']}")
        check = document["checks"][0]
        findings = {
            (finding["rule"], finding["object"]["table"], finding["object"]["name"]): finding
            for finding in check["findings"]
        }
        return check, findings, seconds


def _lines(application: Application) -> Iterator[str]:
    """Yield a line for each step; those with FALSE were not as expected."""
    yield application.name
    try:
        application.migrate("head", "heads")
        check, head, seconds = application.check("head")
        counts = {cause: count for cause, count in _causes(head).items() if count}
        expected = application.migrations.get("causes", {})
        compared = check["compared"]
        yield (
            f"  at head: {compared['tables']} tables, {compared['migrations']} revisions: "
            f"{counts} {_verdict(counts == expected)} in {seconds:.1f} s"
        )
        yield from _behind(application, head)
        yield from _in_sync(application)
        yield from _by_hand(application, head)
    except FailedError as problem:
        yield f"  FALSE: {problem}"


def _behind(application: Application, head: Findings) -> Iterator[str]:
    """Yield what a database that lacks the last revisions reports."""
    pending = set(application.migrations["pending"])
    application.migrate("behind", application.migrations["before"])
    _, behind, seconds = application.check("behind")
    rules = {key[2] for key in behind if key[0] == "pending-migration"}
    new = {key: finding for key, finding in behind.items() if key not in head}
    wrong = [
        key for key, f in new.items() if f["cause"] != "pending-migration"
        or f["revision"] not in pending
    ]  # fmt: skip
    right = not wrong and rules == pending and len(new) > len(rules)
    yield (
        f"  {len(pending)} revisions back: {dict(_causes(behind))}, {len(new)} new "
        f"{_verdict(right)} {sorted(rules)} {wrong or ''} in {seconds:.1f} s"
    )
    yield from _changed(behind, head)


def _by_hand(application: Application, head: Findings) -> Iterator[str]:
    """Yield what the database at head reports after changes by hand."""
    statements = application.migrations["by_hand"]
    application.execute("head", statements)
    _, changed, seconds = application.check("head")
    new = {key: finding for key, finding in changed.items() if head.get(key) is None}
    right = len(new) == len(statements)
    right &= {finding["cause"] for finding in new.values()} == {"changed-by-hand"}
    shown = ", ".join(f"{rule} {name}: {f['cause']}" for (rule, _, name), f in new.items())
    yield f"  {len(statements)} by hand: {shown} {_verdict(right)} in {seconds:.1f} s"
    yield from _changed(changed, head)


def _changed(findings: Findings, head: Findings) -> Iterator[str]:
    """Yield the differences whose cause is another one than at head."""
    for key, finding in findings.items():
        if key in head and finding["cause"] != head[key]["cause"]:
            yield f"    FALSE {key}: {finding['cause']}: {finding['evidence']}"


def _in_sync(application: Application) -> Iterator[str]:
    """Yield the comparisons of the migrations with the models and with the database."""
    for words in (
        ("diff", "models", "migrations", "--format", "json"),
        ("diff", "migrations", "default", "--format", "json"),
    ):
        document, seconds = application.drift("head", *words)
        found = Counter(finding["rule"] for finding in document["checks"][0]["findings"])
        allowed = words[1] == "models" or dict(found) == application.migrations.get("others", {})
        yield f"  drift {' '.join(words[:3])}: {dict(found)} {_verdict(allowed)} in {seconds:.1f} s"
    document, seconds = application.drift("head", "snapshot", "migrations")
    yield f"  drift snapshot migrations: {len(document)} keys in {seconds:.1f} s"


def _causes(findings: Findings) -> Counter[str]:
    return Counter(f["cause"] for f in findings.values() if f["object"]["kind"] != "migration")


def _verdict(right: bool) -> str:
    return "as expected" if right else "FALSE"


if __name__ == "__main__":
    sys.exit(main())
