"""What an exception of the models says is for the person at the terminal, and in no report."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command import drift
from tests.servers import Database

SECRET = "sk_live_4f9aQ"
OTHER = "postgresql://billing:other-pw-1@db/billing"
FORMATS = ("text", "json", "markdown", "html", "annotations", "sarif", "junit")

TABLE = """
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import UserDefinedType

metadata = sa.MetaData()
SECRET, OTHER = "sk_live_" + "4f9aQ", "postgresql://billing:" + "other-pw-1@db/billing"
"""
PYDANTIC = (
    "1 validation error for Settings\\nport\\n  Input should be a valid integer "
    "[type=int_parsing, input_value=%r, input_type=str]"
)

CASES = {
    "at import": (
        "raise RuntimeError('cannot reach ' + OTHER + ' with api_key=' + SECRET)",
        "metadata",
        "cannot import shop: shop.py:8: RuntimeError",
    ),
    "pydantic": (
        f"class ValidationError(ValueError): pass\nraise ValidationError('{PYDANTIC}' % SECRET)",
        "metadata",
        "cannot import shop: shop.py:9: ValidationError: a setting is missing or not valid",
    ),
    "a key": (
        "{}[f'token={SECRET} {OTHER}']",
        "metadata",
        "cannot import shop: shop.py:8: KeyError: a key, or an environment variable, is missing",
    ),
    "an exit": (
        "raise SystemExit(OTHER + ' token=' + SECRET)",
        "metadata",
        "cannot import shop: shop.py:8: SystemExit: the models end the program",
    ),
    "text that is no Python": (
        "import ast; ast.literal_eval('token=' + SECRET)",
        "metadata",
        "cannot import shop: shop.py:8: SyntaxError: this is not valid Python",
    ),
    "a callable": (
        "def broken():\n    raise RuntimeError(OTHER + ' token=' + SECRET)",
        "broken",
        "models shop:broken: shop.py:9: RuntimeError",
    ),
    "a callable that exits": (
        "def broken():\n    raise SystemExit(OTHER + ' token=' + SECRET)",
        "broken",
        "models shop:broken: shop.py:9: SystemExit",
    ),
    "a property": (
        "class Holder:\n    @property\n    def metadata(self):\n"
        "        raise RuntimeError(OTHER + ' token=' + SECRET)\nholder = Holder()",
        "holder",
        "models shop:holder: shop.py:11: RuntimeError",
    ),
    "a property on the way": (
        "class Holder:\n    @property\n    def base(self):\n"
        "        raise RuntimeError(OTHER + ' token=' + SECRET)\nholder = Holder()",
        "holder.base",
        "models shop:holder.base: shop.py:11: RuntimeError",
    ),
    "a module's __getattr__": (
        "def __getattr__(name):\n    if name == 'lazy':\n"
        "        raise RuntimeError(OTHER + ' token=' + SECRET)\n    raise AttributeError(name)",
        "lazy",
        "models shop:lazy: shop.py:10: RuntimeError",
    ),
}
UNWRITABLE = (
    "class Broken(UserDefinedType):\n    def get_col_spec(self, **_):\n"
    "        raise RuntimeError(OTHER + ' token=' + SECRET)\n"
    "class Made(sa.sql.expression.FunctionElement): inherit_cache = True\n"
    "@compiles(Made)\ndef _made(*_, **__):\n"
    "    raise RuntimeError(OTHER + ' token=' + SECRET)\n"
    "sa.Table('t', metadata, sa.Column('n', Broken()),\n"
    "         sa.Column('m', sa.Integer, server_default=Made()))"
)


@pytest.fixture
def start(tmp_path: Path) -> Any:
    """Return a function that runs `drift` on models, as a job does, with every report there is."""
    packages = str(Path(__file__).parents[3])
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "GITHUB_"))}
    environment = clean | {
        "PYTHONPATH": os.pathsep.join(filter(None, [packages, os.environ.get("PYTHONPATH")])),
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "DATABASE_URL": "",
    }
    outputs = [word for name in FORMATS for word in ("--output", f"{name}={name}.out")]

    def start(url: str, body: str, name: str, *more: str, **streams: Any) -> Any:
        (tmp_path / "shop.py").write_text(TABLE + body + "\n")
        words = ["check", "--models", f"shop:{name}", *outputs, *more]
        variables = environment | {"DATABASE_URL": url}
        if not streams:
            return drift(*words, cwd=tmp_path, env=variables)
        return subprocess.run(
            [sys.executable, "-m", "drift", *words], cwd=tmp_path, env=variables, text=True,
            timeout=60, check=False, **streams,
        )  # fmt: skip

    return start


def published(folder: Path, stdout: str) -> list[str]:
    files = [folder / "summary", *(folder / f"{name}.out" for name in FORMATS)]
    return [stdout, *(file.read_text() for file in files)]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_no_report_holds_what_the_models_raised(
    start: Any, tmp_path: Path, dsn: str, case: tuple[str, str, str]
) -> None:
    body, name, reason = case
    outcome = start(dsn, body, name)
    assert outcome.returncode == 2
    for text in (outcome.stderr, *published(tmp_path, outcome.stdout)):
        assert SECRET not in text
        assert "other-pw-1" not in text
        assert "billing" not in text
    [failure] = json.loads((tmp_path / "json.out").read_text())["failures"]
    assert failure["reason"].startswith(reason)
    assert failure["reason"].endswith("(its message may hold secrets; -v prints it)")
    assert outcome.stderr == f"drift: error: default: {failure['reason']}\n"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_person_reads_the_message_without_secrets(
    start: Any, tmp_path: Path, dsn: str, case: tuple[str, str, str]
) -> None:
    body, name, reason = case
    outcome = start(dsn, body, name, "-v")
    assert reason.partition(": a")[0].partition(": th")[0] in outcome.stderr
    assert "its message may hold secrets" not in outcome.stderr
    for text in (outcome.stderr, *published(tmp_path, outcome.stdout)):
        assert "other-pw-1" not in text
    assert SECRET not in "".join(published(tmp_path, outcome.stdout))
    assert SECRET not in outcome.stderr


def test_no_report_holds_what_types_and_defaults_raise(
    start: Any, tmp_path: Path, database: Database
) -> None:
    database.execute("CREATE TABLE t (n integer, m integer)")
    outcome = start(database.url, UNWRITABLE, "metadata", "-v")
    assert outcome.returncode == 1
    assert "column n cannot be created: SQLAlchemy cannot write its type Broken" in outcome.stdout
    assert "(RuntimeError)" in outcome.stdout
    for text in (outcome.stderr, *published(tmp_path, outcome.stdout)):
        assert SECRET not in text
        assert "other-pw-1" not in text


def test_a_terminal_shows_the_message(start: Any, tmp_path: Path, dsn: str) -> None:
    body, name, _ = CASES["at import"]
    master, slave = pty.openpty()
    try:
        start(dsn, body, name, stdout=subprocess.DEVNULL, stderr=slave)
        seen = os.read(master, 100_000).decode()
    finally:
        os.close(slave)
        os.close(master)
    words = "RuntimeError: cannot reach postgresql://billing:***@db/billing with api_key=***"
    assert words in seen
    assert SECRET not in "".join(published(tmp_path, ""))


def test_warnings_of_the_models_are_for_those_who_ask(start: Any, tmp_path: Path, dsn: str) -> None:
    body = (
        "import warnings; warnings.warn('using ' + OTHER + ' token=' + SECRET)  # sk_source\n"
        "sa.Table('t', metadata, sa.Column('id', sa.Integer))"
    )
    quiet = start(dsn, body, "metadata")
    assert "using" not in quiet.stderr
    told = start(dsn, body, "metadata", "-v")
    words = "shop.py:8: UserWarning: using postgresql://billing:***@db/billing token=***"
    assert words in told.stderr
    for text in (quiet.stderr, told.stderr, *published(tmp_path, quiet.stdout + told.stdout)):
        assert SECRET not in text
        assert "other-pw-1" not in text
        assert "sk_source" not in text


def test_an_internal_error_is_told_without_its_message(
    start: Any, tmp_path: Path, dsn: str
) -> None:
    broken = (
        "from drift.check import targets\n"
        "def broken(*args, **kwargs):\n"
        f"    raise ZeroDivisionError('{OTHER} token={SECRET}')\n"
        "targets.check = broken\n"
    )
    (tmp_path / "sitecustomize.py").write_text(broken)
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[3])])
    environment = os.environ | {"PYTHONPATH": path, "DATABASE_URL": dsn}
    command = [sys.executable, "-m", "drift", "check", "--models", "drift.demo.models:Base"]
    quiet, told = (
        subprocess.run(
            [*command, "--format", "json", *more], cwd=tmp_path, text=True, timeout=60,
            check=False, env=environment, capture_output=True,
        )
        for more in ((), ("-v",))
    )  # fmt: skip
    words = "internal error: ZeroDivisionError in drift/check/targets.py:"
    assert words in quiet.stdout
    assert words in quiet.stderr
    assert "postgresql://billing:***@db/billing token=***" in told.stderr
    for outcome in (quiet, told):
        assert outcome.returncode == 2
        assert SECRET not in outcome.stdout + outcome.stderr
        assert "other-pw-1" not in outcome.stdout + outcome.stderr


def test_doctor_prints_the_message_on_standard_error_only(tmp_path: Path, dsn: str) -> None:
    (tmp_path / "shop.py").write_text(f"{TABLE}raise RuntimeError('a note ' + SECRET)\n")
    path = str(Path(__file__).parents[3])
    environment = os.environ | {"PYTHONPATH": path, "DATABASE_URL": dsn}
    outcome = drift("doctor", "--models", "shop:metadata", "-v", cwd=tmp_path, env=environment)
    assert outcome.returncode == 2
    assert "FAIL  default: models: cannot import shop: shop.py:8: RuntimeError" in outcome.stdout
    assert SECRET not in outcome.stdout
    assert f"RuntimeError: a note {SECRET}" in outcome.stderr
