"""Nothing is imported that a run does not use: an import that is not needed costs every run."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from drift.cli.main import COMMANDS, cli
from tests.benchmarks import shop
from tests.servers import Database, create_all

_END = "; import json, sys; print(json.dumps([*sys.modules]), file=sys.stderr)"
_COMMAND = """
import atexit, json, sys
from drift.__main__ import main
atexit.register(lambda: print(json.dumps([*sys.modules]), file=sys.stderr))
sys.argv = ["drift", *{}]
main()
"""
_OPTIONAL = (
    "alembic configparser deepdiff difflib html jinja2 rich sentry_sdk shlex tomllib urllib3 "
    "drift.adopt drift.demo drift.guide drift.init drift.plan.planner drift.planning drift.proof "
    "drift.reporters.http drift.reporters.sentry drift.revisions drift.scratch.server "
    "drift.sources.migrations.runner"
)
_HELP = f"{_OPTIONAL} msgspec psycopg sqlalchemy yaml drift.check drift.config drift.kinds"
_SUBCOMMANDS = " ".join(f"drift.cli.{name}" for name in COMMANDS if name != "check")


@pytest.mark.parametrize(("code", "unused"), [
    ("import drift" + _END, f"{_HELP} click typing"),
    (_COMMAND.format(["--help"]), f"{_HELP} {_SUBCOMMANDS} drift.cli.check"),
    ("import drift; drift.guard" + _END, f"{_OPTIONAL} click yaml drift.cli drift.output"),
    (_COMMAND.format(["check"]), f"{_OPTIONAL} {_SUBCOMMANDS}"),
    (_COMMAND.format(["check", "--models=bench_models:Base"]), f"{_OPTIONAL} {_SUBCOMMANDS} yaml"),
], ids=["import", "help", "guard", "check", "check without a file"])  # fmt: skip
def test_nothing_is_imported_that_is_not_used(
    code: str, unused: str, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write(tmp_path, 10)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, shop.MODULE, raising=False)
    create_all(importlib.import_module(shop.MODULE).Base.metadata, database.url)
    if "--models" not in code:
        (tmp_path / "drift.yaml").write_text(f"models: {shop.MODULE}:Base\n")
    monkeypatch.setenv("DATABASE_URL", database.url)
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=tmp_path)
    imported = set(json.loads(done.stderr.splitlines()[-1]))
    assert sorted(imported & set(unused.split())) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_has_the_first_sentence_of_their_help(name: str) -> None:
    assert cli.commands[name].name == name
    assert cli.commands[name].get_short_help_str(200) == COMMANDS[name]
