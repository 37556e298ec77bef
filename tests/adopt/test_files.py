"""The rest of a file stays as it is, and a patch is written whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from drift.adopt import write
from drift.errors import UsageError
from tests.adopt.adopting import COLUMNS, MAPPED, Project, patches
from tests.versions import mapped

CHANGE = "ALTER TABLE thing ALTER name TYPE varchar(80)"


def changed_lines(project: Project) -> list[str]:
    """Adopt and write; return the lines that are gone and those that are new."""
    before = project.file.read_bytes().decode("latin-1").split("\n")
    _, adoption = project.adoption()
    assert adoption.by_hand == ()
    project.write(adoption)
    after = project.file.read_bytes().decode("latin-1").split("\n")
    gone = [f"-{line}" for line in before if line not in after]
    return gone + [f"+{line}" for line in after if line not in before]


FORMS = {
    "as it is": COLUMNS,
    "Windows": COLUMNS.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + COLUMNS,
    "no last newline": COLUMNS.rstrip("\n"),
    "form of its own": COLUMNS.replace("sa.Column('name', sa", "sa.Column( 'name' ,sa"),
    "not ASCII before it": COLUMNS.replace("name = sa.C", "title = 'ä€'; name = sa.C", 1),
}


@pytest.mark.parametrize("form", FORMS)
def test_only_the_line_changes(form: str, tmp_path: Path, database: Any) -> None:
    project = Project(tmp_path, database, FORMS[form], "Base")
    database.execute(CHANGE)
    gone, new = changed_lines(project)
    assert gone[1:].replace("50", "80") == new[1:]
    assert project.check() == []


def test_the_encoding_stays(tmp_path: Path, database: Any) -> None:
    text = "# -*- coding: latin-1 -*-\n" + COLUMNS.replace("'x')", "'ä')").replace("why", "ÄÖÜ")
    project = Project(tmp_path, database, text, "Base", encoding="latin-1")
    database.execute(f"{CHANGE}; COMMENT ON COLUMN thing.note IS 'ß'")
    assert len(changed_lines(project)) == 4
    assert project.check() == []
    database.execute("COMMENT ON COLUMN thing.note IS '€'")
    _, adoption = project.adoption()
    assert [each.reason for each in adoption.by_hand] == [
        "the encoding iso-8859-1 of the file lacks a character of the database"
    ]


@mapped
def test_patch_applies_the_diff(tmp_path: Path, database: Any) -> None:
    project = Project(tmp_path, database, MAPPED, "Base")
    database.execute(f"{CHANGE}; ALTER TABLE thing DROP price; CREATE TABLE more (id int)")
    _, adoption = project.adoption()
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(project.file, copy)
    subprocess.run(["patch", "-p1", "-s"], input=patches(adoption).encode(), cwd=copy, check=True)
    assert (copy / "models.py").read_text() == adoption.patches[0].after


def test_nothing_is_written_to_a_file_that_changed(tmp_path: Path, database: Any) -> None:
    project = Project(tmp_path, database, COLUMNS, "Base")
    database.execute(CHANGE)
    _, adoption = project.adoption()
    assert project.file.read_text() == COLUMNS
    project.file.write_text(COLUMNS + "\n")
    with pytest.raises(UsageError, match="was changed since drift read it"):
        write(adoption.patches, tmp_path)
    project.file.unlink()
    with pytest.raises(UsageError, match=r"cannot read models\.py"):
        write(adoption.patches, tmp_path)


def test_mode_and_link_stay(tmp_path: Path, database: Any) -> None:
    project = Project(tmp_path, database, COLUMNS, "Base")
    database.execute(CHANGE)
    _, adoption = project.adoption()
    kept = tmp_path / "kept.txt"
    project.file.rename(kept)
    kept.chmod(0o640)
    project.file.symlink_to(kept)
    write(adoption.patches, tmp_path)
    assert project.file.is_symlink()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert "80" in kept.read_text()
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".part") == []


def test_a_failed_write_leaves_no_file(tmp_path: Path, database: Any, monkeypatch: Any) -> None:
    project = Project(tmp_path, database, COLUMNS, "Base")
    database.execute(CHANGE)
    _, adoption = project.adoption()

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UsageError, match=r"cannot write models\.py: No space left on device"):
        write(adoption.patches, tmp_path)
    assert project.file.read_text() == COLUMNS
    assert [path for path in tmp_path.iterdir() if path.suffix == ".part"] == []
