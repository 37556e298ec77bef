"""Frames show the model's own lines only, without possible secrets."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from drift.model import Location
from drift.reporters.sentry.source_lines import SourceFile
from tests.report.examples import finding, report
from tests.reporters.sentry.conftest import reporter
from tests.reporters.sentry.receiver import Receiver

PASSWORD = "hunter2-Pa55w0rd"

FOREIGN = {
    "an assignment before": f'password = "{PASSWORD}"\nclass A(B):\n    x = Column()  # at\n',
    "a URL before": f'e = make("postgresql://a:{PASSWORD}@db/x")\nclass A(B):\n    x: int  # at\n',
    "an assignment after": f'class A(B):\n    x = Column()  # at\nkey = "{PASSWORD}"\n',
    "in the class": f'class A(B):\n    cipher = "{PASSWORD}"\n    x = Column()  # at\n',
    "annotated": f'class A(B):\n    motto: str = "{PASSWORD}"\n    x: int = Field()  # at\n',
    "a docstring": f'class A(B):\n    """{PASSWORD}"""\n    x = Column()  # at\n',
    "a comment between": f"class A(B):\n    y: int\n    # {PASSWORD}\n    x: int  # at\n",
    "a comment behind": f"class A(B):\n    x = Column()  # at {PASSWORD}\n",
    "a comment within": f"class A(B):\n    x = Column(  # at\n        T,  # {PASSWORD}\n    )\n",
    "a comment at the head": f"class A(  # at\n    B,  # {PASSWORD}\n):\n    x: int\n",
    "a method": f'class A(B):\n    x: int  # at\n    def f(self):\n        return "{PASSWORD}"\n',
    "the same line, before": f'class A(B):\n    p = "{PASSWORD}"; x = Column()  # at\n',
    "the same line, after": f'class A(B):\n    x = Column(); p = "{PASSWORD}"  # at\n',
    "the head's line": f'class A(B): x: int; p = "{PASSWORD}"  # at\n',
    "another class": f'class D(B):\n    y = Column("{PASSWORD}")\nclass A(B):\n    x: int  # at\n',
    "a class within": f'class A(B):\n    x: int  # at\n    class B:\n        y = "{PASSWORD}"\n',
    "a class around": f'class D:\n  y = Column("{PASSWORD}")\n  class A(B):\n    x: int # at\n',
    "a function's body": f'class A(B):\n  def x():  # at\n    y = "{PASSWORD}"\n    return Col()\n',
    "a function's head": f'class A(B):\n  def x(y="{PASSWORD}"):  # at\n    return Column()\n',
    "a decorator": f'class A(B):\n  @f("{PASSWORD}")\n  def x():  # at\n    return Column()\n',
    "a table beside": f'a = Table("a", m)  # at\nb = Table("{PASSWORD}", m)\n',
}
"""Files in which the password stands beside what the line `at` declares."""

WITHIN = {
    "its own default": f'password = Column(Text, default="{PASSWORD}")',
    "its own name": f'x = Column("api_key", Text, server_default="{PASSWORD}")',
    "an argument": f'x = Column(Encrypted(Text, key="{PASSWORD}"))',
    "a variable's default": f'x = Column(Text, default=getenv("DB_PASS", "{PASSWORD}"))',
    "a dictionary": f'x = Column(Text, info={{"dsn": "{PASSWORD}"}})',
    "bytes": f'x = Column(Text, secret=b"{PASSWORD}")',
    "an f-string": f'token = Column(Text, default=f"{{x}}{PASSWORD}")',
    "several lines": f'token = Column(Text, default="""a\n{PASSWORD}\n""", index=True)',
    "two strings": f'token = Column(Text, default="a" "{PASSWORD}")',
    "behind an umlaut": f'ä_token = Column("ä", default="{PASSWORD}")',
    "arguments of the table": f'__table_args__ = {{"info": {{"credentials": "{PASSWORD}"}}}}',
    "a URL": f'x = Column(Text, default="postgresql://app:{PASSWORD}@db/shop")',
    "a URL of another kind": f'x = Column(Text, default="amqp://:{PASSWORD}@db")',
    "a URL with slashes": f'x = Column(Text, default="postgresql://app:{PASSWORD}/@db/shop")',
    "what is no declaration": f'x = something("{PASSWORD}")',
}
"""Statements of a class at which a finding points, and which hold the password."""


def shown(text: str) -> str:
    """Return what is shown for the line that says `at`."""
    ast.parse(text)
    lines = text.split("\n")
    line = next(number for number, one in enumerate(lines, 1) if "# at" in one)
    found = SourceFile(text).declaration(line)
    assert found[line].strip()
    return "\n".join(found[number] for number in sorted(found))


@pytest.mark.parametrize("where", FOREIGN)
def test_lines_outside_of_the_model_are_not_shown(where: str) -> None:
    assert PASSWORD not in shown(FOREIGN[where])


@pytest.mark.parametrize("where", WITHIN)
def test_possible_secrets_in_a_declaration_are_not_shown(where: str) -> None:
    statement = WITHIN[where]
    for ending in ("", "  # at"):
        text = f"class A(Base):{'' if ending else '  # at'}\n    {statement}{ending}\n"
        assert PASSWORD not in shown(text)


LOCATED = Path(__file__).parents[2] / "sources" / "models" / "located"


@pytest.mark.parametrize("path", sorted(LOCATED.glob("*.py")), ids=lambda path: path.stem)
def test_every_line_that_a_finding_can_point_at_is_shown(path: Path) -> None:
    text = path.read_text()
    source = SourceFile(text)
    for number, line in enumerate(text.split("\n"), 1):
        if "# ->" in line:
            named = line.partition("#")[0].partition('"')[0].rstrip()
            assert source.declaration(number)[number].startswith(named)


def test_each_column_of_a_table_is_masked_alone() -> None:
    found = shown(
        't = Table(  # at\n    "users", m,\n    Column("name", Text, default="anna"),\n'
        f'    Column("password", Text, default="{PASSWORD}"),\n)\n'
    )
    assert found == (
        't = Table(\n    "users", m,\n    Column("name", Text, default="anna"),\n'
        '    Column("***", Text, default="***"),\n)'
    )


@pytest.mark.parametrize(
    "text", ["", "x = (", "\0", "(" * 5000, "# at\n", "class A:\n    def f(self):\n        pass\n"]
)
def test_other_statements_have_no_lines(text: str) -> None:
    try:
        source = SourceFile(text)
    except ValueError:
        return
    assert not any(number in source.declaration(number) for number in (-1, 0, 2, 3, 99))


def test_a_large_file_with_many_places_takes_a_moment() -> None:
    fields = "\n".join(f"    c{number} = Column(String(50), default='x')" for number in range(20))
    text = "\n".join(f"class T{number}(Base):\n{fields}" for number in range(500))
    began = time.process_time()
    source = SourceFile(text)
    for line in range(1, 10_000, 13):
        assert source.declaration(line)
    assert time.process_time() - began < 10


def frames(server: Receiver) -> list[dict[str, Any]]:
    [event] = server.payloads("event")
    found: list[dict[str, Any]] = event["exception"]["values"][0]["stacktrace"]["frames"]
    return found


def test_the_secrets_that_the_run_knows_are_taken_out(
    server: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("models.py").write_text(f'class A(Base):\n    x = Column(Text, default="{PASSWORD}")\n')
    found = report(finding(location=Location("models.py", 2)))
    reporter(server.dsn, hide=lambda text: text.replace(PASSWORD, "***")).deliver(found)
    assert frames(server)[0]["context_line"] == '    x = Column(Text, default="***")'


def test_a_report_from_outside_makes_no_file_be_read(
    server: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("models.py").write_text("class A(Base):\n    x = Column(Text)\n")
    found = report(finding(location=Location("models.py", 2)))
    reporter(server.dsn, own=False).deliver(found)
    [frame] = frames(server)
    assert frame["filename"] == "models.py"
    assert not frame.keys() & {"pre_context", "context_line", "post_context"}


def test_a_merged_report_that_names_a_file_sends_no_line_of_it(
    server: Receiver, tmp_path: Path
) -> None:
    (tmp_path / "settings.py").write_text(f'class A(Base):\n    x = Column("{PASSWORD}")\n')
    document = {
        "version": 1,
        "tool": {"name": "drift", "version": "1"},
        "checks": [
            {
                "target": "production",
                "expected": {"source": "models", "name": "app"},
                "database": {"host": "", "name": "", "role": "", "server_version": "18"},
                "findings": [
                    {
                        "rule": "missing-column",
                        "severity": "error",
                        "object": {
                            "kind": "column",
                            "schema": "public",
                            "table": "a",
                            "name": "x",
                        },
                        "message": "x is missing",
                        "impact": "",
                        "location": {"file": "settings.py", "line": 2},
                    }
                ],
            }
        ],
    }
    (tmp_path / "shard.json").write_text(json.dumps(document))
    outcome = subprocess.run(
        [sys.executable, "-m", "drift", "merge", "shard.json", "--report", "sentry"],
        cwd=tmp_path,
        env=os.environ | {"SENTRY_DSN": server.dsn},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert outcome.returncode == 1, outcome.stderr
    [frame] = frames(server)
    assert frame["filename"] == "settings.py"
    assert "context_line" not in frame
    assert PASSWORD.encode() not in b"".join(server.bodies)
