"""The command starts fast: heavy libraries are imported only where they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from drift.formats import FORMATS, resolve
from drift.kinds import KINDS, RULES
from tests.servers import Database

HEAVY = ("sqlalchemy", "psycopg", "deepdiff", "sentry_sdk", "rich", "alembic", "urllib3", "jinja2")


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["--version"], ["rules"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from drift.cli.main import cli\n"
        f"try: cli({arguments!r})\n"
        "except SystemExit: pass\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_resolved(name: str) -> None:
    assert callable(resolve(name))


def test_every_kind_has_its_rules_and_every_rule_says_what_it_means() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names)
    for kind in KINDS:
        assert f"missing-{kind.name}" in RULES
    for rule in RULES.values():
        assert all([rule.summary, rule.impact, rule.remedy]), rule.id


def test_the_levels_of_the_command_line_are_all_there_are() -> None:
    from drift.cli.options import LEVELS
    from drift.model import Severity

    assert list(LEVELS.choices) == [str(level) for level in Severity]


@pytest.mark.parametrize(("format_", "unused"), [
    ("json", ["alembic", "deepdiff", "jinja2", "rich", "sentry_sdk", "urllib3"]),
    ("text", ["alembic", "deepdiff", "jinja2", "rich", "sentry_sdk", "urllib3"]),
])  # fmt: skip
def test_a_check_imports_what_its_report_needs(
    database: Database, format_: str, unused: list[str]
) -> None:
    database.execute("CREATE TABLE t (id integer)")
    code = (
        "import sys, sqlalchemy as sa; from drift.cli.main import cli\n"
        "metadata = sa.MetaData(); sa.Table('t', metadata, sa.Column('id', sa.Integer))\n"
        f"try: cli(['check', '--models=__main__:metadata', '--format={format_}',\n"
        f"          '--database', {database.url!r}])\n"
        "except SystemExit as end: assert not end.code\n"
        f"print(sorted(set({HEAVY!r}) - set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == str(unused)
