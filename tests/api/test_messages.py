"""Messages of the Python interface name no option of the command."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

import drift
from tests.servers import Database

OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
TABLE = """
import sqlalchemy as sa
metadata = sa.MetaData()
sa.Table("a", metadata, sa.Column("id", sa.Integer, primary_key=True){})
"""
MANY = """
for number in range(30):
    sa.Table(f"t{number}", metadata, sa.Column("id", sa.Integer, primary_key=True))
"""
CREATE_MANY = "".join(
    f"CREATE TABLE t{number} (id serial PRIMARY KEY, extra int);" for number in range(30)
)
RAISES = "raise RuntimeError('hunter2')"
HIDDEN = "models.py:1: RuntimeError (its message may hold secrets)"
CAUSED = f"{HIDDEN} RuntimeError"
UNIMPORTED = (
    "from sqlalchemy import Column, Integer\nfrom sqlalchemy.orm import declarative_base\n"
    "Base = declarative_base()\n{}"
    "class {}(Base):\n    __tablename__ = '{}'\n    id = Column(Integer, primary_key=True)\n"
)


def checked(name: str, database: Database) -> str:
    report = drift.check(name, database.url)
    notes = [note for check in report.checks for note in check.notes]
    return "\n".join([str(report), report.render("markdown"), *notes])


def asserted(name: str, database: Database) -> str:
    drift.assert_no_drift(database.url, name)
    return ""


def guarded(name: str, database: Database) -> str:
    drift.guard(database.url, name)
    return ""


def compared(name: str, database: Database) -> str:
    return str(drift.compare(name, drift.reflect(database.url)))


Call: TypeAlias = Callable[[str, Database], str]
CASES: dict[str, tuple[str, Call, str]] = {
    "models that raise": (RAISES, checked, CAUSED),
    "models that raise, asserted": (RAISES, asserted, CAUSED),
    "models that raise, in the guard": (RAISES, guarded, CAUSED),
    "models that raise, compared": (RAISES, compared, CAUSED),
    "a circle of imports": (
        "from {package}.models import metadata", checked, "(the option import)"
    ),
    "a bind to choose": (TABLE.format(", info={'bind_key': 'b'}"), checked, "set the option bind"),
    "a bind that is not compared": (
        TABLE.format("") + "sa.Table('c', metadata, info={'bind_key': 'b'})",
        checked,
        "the bind b is not compared",
    ),
    "a module that was not imported": (
        UNIMPORTED.format("", "A", "a"), checked, "name it in the option import"
    ),
    "many tables with one difference": (TABLE.format("") + MANY, checked, "30 tables"),
}  # fmt: skip


def message(call: Callable[[], str]) -> str:
    """Return the text of a report, or of an error and the type of its cause."""
    try:
        return call()
    except drift.DriftError as problem:
        return f"{problem} {type(problem.__cause__).__name__}"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of a package that this test can import, and no other."""
    folder = tmp_path / f"of_{tmp_path.name}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_no_message_names_an_option_of_the_command(
    database: Database, package: Path, case: tuple[str, Call, str]
) -> None:
    models, call, expected = case
    (package / "models.py").write_text(models.replace("{package}", package.name))
    holder = "Base" if "Base" in models else "metadata"
    if holder == "Base":
        own = f"from {package.name}.models import Base\n"
        (package / "other.py").write_text("raise SystemExit\n" + UNIMPORTED.format(own, "B", "b"))
    database.execute("CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (id int)")
    database.execute(CREATE_MANY)
    text = message(lambda: call(f"{package.name}.models:{holder}", database))
    assert expected in text
    assert OPTION.findall(text) == []


def test_a_logged_warning_names_no_option(package: Path, caplog: pytest.LogCaptureFixture) -> None:
    (package / "models.py").write_text(RAISES)
    options: Any = {"mode": "warn"}
    with caplog.at_level(logging.WARNING, "drift"):
        drift.guard("postgresql://127.0.0.1:1/x", f"{package.name}.models:metadata", **options)
    assert caplog.messages[0].endswith(HIDDEN)
