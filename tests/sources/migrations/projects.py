"""Alembic projects that tests write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

INI = "[alembic]\nscript_location = %(here)s/db\n"


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files; return their folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def script(revision: str, down: Any = None, *, message: str = "", **fields: Any) -> str:
    """Return a revision file, as Alembic writes it."""
    more = "".join(f"{name} = {value!r}\n" for name, value in fields.items())
    return (
        f'"""{message}\n\nRevision ID: {revision}\n"""\n\nfrom typing import Sequence, Union\n\n'
        f"revision: str = {revision!r}\n"
        f"down_revision: Union[str, Sequence[str], None] = {down!r}\n{more}\n"
        "def upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n"
    )


def project(folder: Path, scripts: Mapping[str, str], env: str = "", ini: str = INI) -> Path:
    """Write an Alembic project with these files in `db/versions`; return its folder."""
    files = {f"db/versions/{name}.py": text for name, text in scripts.items()}
    (folder / "db/versions").mkdir(parents=True)
    return write(folder, {"alembic.ini": ini, "db/env.py": env} | files)


def linear(*revisions: str) -> dict[str, str]:
    """Return revision files, each after the one before it."""
    downs = (None, *revisions)
    return {rev: script(rev, down) for rev, down in zip(revisions, downs, strict=False)}
