"""Revision files are read as Alembic reads them, or not at all."""

from __future__ import annotations

import py_compile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drift.sources.migrations.discovery import Environment
from drift.sources.migrations.scripts import Script, Scripts, read_scripts, touched
from tests.sources.migrations.projects import script

READ: dict[str, tuple[str, dict[str, object]]] = {
    "as Alembic writes it": (
        script("a1", "b2", message="add roles", branch_labels=None, depends_on=("c3",)),
        {"revision": "a1", "down": ("b2",), "depends_on": ("c3",), "message": "add roles",
         "line": 8},
    ),
    "as it wrote it before": ("revision = 'a1'\ndown_revision = None\n", {"line": 1}),
    "a merge": ("revision = 'a1'\ndown_revision = ('b', 'c')\n", {"down": ("b", "c")}),
    "a list": ("revision = 'a1'\ndown_revision = ['b']\nbranch_labels = ['x']\n",
               {"down": ("b",), "labels": ("x",)}),
    "two names": ("revision = x = 'a1'\ndown_revision = None\n", {"revision": "a1"}),
    "the last one": ("revision = 'b'\nrevision = 'a1'\ndown_revision = None\n",
                     {"revision": "a1", "line": 2}),
    "fields after functions": (
        "def upgrade(): pass\nrevision = 'a1'\ndown_revision = 'b'\n", {"down": ("b",)}
    ),
    "a docstring with a line of code": (
        '"""x\ndef y\n"""\nrevision = "a1"\ndown_revision = None\n', {"message": "x"}
    ),
    "a text with a line of code": (
        "revision = 'a1'\ndown_revision = None\nx = '''\ndef y\n'''\n", {"line": 1}
    ),
    "a function's own variable": (
        "revision = 'a1'\ndown_revision = None\ndef upgrade():\n    revision = f()\n", {}
    ),
    "no docstring": ("'''  '''\nrevision = 'a1'\ndown_revision = None\n", {"message": ""}),
}  # fmt: skip
UNREAD: dict[str, str] = {
    "worked out": "revision = make()\ndown_revision = None\n",
    "joined": "revision = 'a' + x\ndown_revision = None\n",
    "a condition": "if x:\n    revision = 'a1'\nelse:\n    revision = 'b'\ndown_revision = None\n",
    "at once": "revision, down_revision = 'a1', None\n",
    "imported": "from base import revision\ndown_revision = None\n",
    "imported with all": "revision = 'a1'\ndown_revision = None\nfrom base import *\n",
    "no down_revision": "revision = 'a1'\n",
    "no revision": "down_revision = None\n",
    "a number": "revision = 1\ndown_revision = None\n",
    "a number below": "revision = 'a1'\ndown_revision = 1\n",
    "numbers below": "revision = 'a1'\ndown_revision = (1,)\n",
    "no code": "revision = (\n",
    "a NUL": "revision = 'a1'\0\n",
    "nested": "revision = 'a1'\ndown_revision = " + "(" * 5000 + ")" * 5000,
    "unhashable": "revision = 'a1'\ndown_revision = {[]: 1}\n",
}


def read(folder: Path, **more: Any) -> Scripts:
    return read_scripts(Environment(root=folder, folder=folder, versions=(folder,), **more))


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ)
def test_literals_are_read(tmp_path: Path, text: str, expected: dict[str, object]) -> None:
    (tmp_path / "x_1.py").write_text(text)
    scripts = read(tmp_path)
    assert scripts.unread == ()
    [item] = scripts.scripts
    assert item.revision == "a1"
    assert item.path == (tmp_path / "x_1.py").resolve()
    values = msgspec.structs.asdict(item)
    assert {name: values[name] for name in expected} == expected


@pytest.mark.parametrize("text", UNREAD.values(), ids=UNREAD)
def test_what_must_be_run_is_unread(tmp_path: Path, text: str) -> None:
    (tmp_path / "x_1.py").write_text(text)
    scripts = read(tmp_path)
    assert scripts.scripts == ()
    assert scripts.unread == ((tmp_path / "x_1.py").resolve(),)


def test_files_are_those_that_alembic_imports(tmp_path: Path) -> None:
    text = "revision = {!r}\ndown_revision = None\n"
    names = ["b.py", "a.py", "__init__.py", ".#c.py", "d.txt", "below/e.py", "below/f/g.py"]
    for name in [*names, "__pycache__/h.py"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.format(name))
    (tmp_path / "z.py").symlink_to(tmp_path / "a.py")
    (tmp_path / "y.py").symlink_to(tmp_path / "gone.py")
    assert [item.revision for item in read(tmp_path).scripts] == ["a.py", "b.py"]
    assert [path.name for path in read(tmp_path).unread] == ["gone.py"]
    (tmp_path / "y.py").unlink()
    everything = ["a.py", "b.py", "below/e.py", "below/f/g.py"]
    assert [item.revision for item in read(tmp_path, recursive=True).scripts] == everything


def test_an_old_file_has_its_revision_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "abc123.py").write_text("down_revision = None\n")
    assert [item.revision for item in read(tmp_path).scripts] == ["abc123"]


def test_compiled_files_without_a_source_are_unread(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text("revision = 'a1'\ndown_revision = None\n")
        py_compile.compile(str(tmp_path / f"{name}.py"), str(tmp_path / f"{name}.pyc"))
    (tmp_path / "b.py").unlink()
    assert read(tmp_path).unread == ()
    assert [path.name for path in read(tmp_path, sourceless=True).unread] == ["b.pyc"]


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    for revision in ("a1", "b22"):
        file.write_text(f"revision = {revision!r}\ndown_revision = None\n")
        assert [item.revision for item in read(tmp_path).scripts] == [revision]


def test_a_missing_folder_has_no_scripts(tmp_path: Path) -> None:
    assert read(tmp_path / "none") == Scripts()
    assert Script(revision="a", path=tmp_path).down == ()


def test_tables_that_scripts_touch(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(
        "revision = 'a1'\ndown_revision = None\ndef upgrade():\n    op.create_table(\n'users')\n"
        "    op.create_index('ix', \"orders\")\n    op.execute('ALTER TABLE s.jobs ADD x int')\n"
        "    batch_op.add_column(sa.Column('other', sa.Integer))\n"
    )
    assert touched(read(tmp_path).scripts) == {"users", "ix", "orders", "jobs"}
