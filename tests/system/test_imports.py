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
from tests.versions import SQLALCHEMY

_END = "; import json, sys; print(json.dumps([*sys.modules]), file=sys.stderr)"
_COMMAND = """
import atexit, json, sys
from drift.__main__ import main
atexit.register(lambda: print(json.dumps([*sys.modules]), file=sys.stderr))
sys.argv = ["drift", *{}]
main()
"""
_OPTIONAL = (
    "alembic configparser deepdiff difflib html jinja2 rich sentry_sdk tomllib urllib3 "
    "drift.adopt drift.demo drift.guide drift.init drift.plan.planner drift.planning drift.proof "
    "drift.reporters.http drift.reporters.sentry drift.revisions drift.scratch.server "
    "drift.sources.migrations.runner "
    # what only causes, hooks, migrations, objects beyond tables, findings or errors need
    "click.shell_completion graphlib drift.causes drift.check.attribution drift.check.early_start "
    "drift.check.edited drift.check.hook_questions drift.check.migration_history "
    "drift.check.migrations drift.check.role_sql drift.config.target_list drift.history "
    "drift.plan drift.sources.migrations.graph drift.sources.migrations.scripts "
    "drift.sources.models.advice drift.sources.models.locations drift.sources.models.mappings "
    "drift.sources.models.unimported drift.sources.sql_files drift.sources.sql_objects.header "
    "drift.sources.sql_objects.scratch_objects"
)
_READING_A_FILE = "yaml drift.config.env_file drift.config.loader drift.config.reader"
_HELP = f"{_OPTIONAL} msgspec psycopg sqlalchemy yaml drift.check drift.config drift.kinds"
_SUBCOMMANDS = " ".join(f"drift.cli.{name}" for name in COMMANDS if name != "check")


_GUARD = "import drift; drift.guard"
_SNAPSHOT = f"{_OPTIONAL} {_SUBCOMMANDS} {_READING_A_FILE} sqlalchemy drift.sources.models"


@pytest.mark.parametrize(("code", "unused"), [
    ("import drift" + _END, f"{_HELP} click typing"),
    (_COMMAND.format(["--help"]), f"{_HELP} {_SUBCOMMANDS} drift.cli.check"),
    (_GUARD + _END, f"{_OPTIONAL} click yaml drift.cli drift.output"),
    (_COMMAND.format(["check"]), f"{_OPTIONAL} {_SUBCOMMANDS}"),
    (_COMMAND.format(["check", "--models=bench_models:Base"]),
     f"{_OPTIONAL} {_SUBCOMMANDS} {_READING_A_FILE}"),
    (_COMMAND.format(["check", "--expected=snapshot:schema.json"]), _SNAPSHOT),
], ids=["import", "help", "guard", "check", "check without a file", "snapshot"])  # fmt: skip
def test_nothing_is_imported_that_is_not_used(
    code: str, unused: str, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write(tmp_path, 10)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, shop.MODULE, raising=False)
    create_all(importlib.import_module(shop.MODULE).Base.metadata, database.url)
    if "--models" not in code and "--expected" not in code:
        (tmp_path / "drift.yaml").write_text(f"models: {shop.MODULE}:Base\n")
    monkeypatch.setenv("DATABASE_URL", database.url)
    if "snapshot:" in code:
        freeze = ["-m", "drift", "snapshot", f"models:{shop.MODULE}:Base", "-o", "schema.json"]
        subprocess.run([sys.executable, *freeze], check=True, cwd=tmp_path, capture_output=True)
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=tmp_path)
    # a check has a parent, which imports next to nothing, and prints its own line last
    imported = set(json.loads(max(done.stderr.splitlines(), key=len)))
    theirs = {"configparser"} if SQLALCHEMY < (2, 0) else set[str]()
    assert sorted(imported & set(unused.split()) - theirs) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_has_the_first_sentence_of_their_help(name: str) -> None:
    assert cli.commands[name].name == name
    assert cli.commands[name].get_short_help_str(200) == COMMANDS[name]
