"""Finds the project's Alembic environment as Alembic finds it, without Alembic.

`alembic.ini` and `[tool.alembic]` of `pyproject.toml` are read together: a key of the first wins.
Nothing of the project is imported or run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from drift.config import Migrations
from drift.errors import UsageError
from drift.sources.migrations.environment_script import VersionTable, version_table
from drift.sources.migrations.options import Options, OptionsError, read_options

SECTION = "alembic"


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """An Alembic environment.

    `ini` and `toml` are its configuration (None: it has no such file), `section` is the section of
    `ini`. `folder` holds env.py, `versions` are the folders of the revisions. `root` is the folder
    in which the `alembic` command is run. `table` is the version table as env.py names it.
    """

    ini: Path | None = None
    toml: Path | None = None
    section: str = SECTION
    root: Path
    folder: Path
    versions: tuple[Path, ...]
    recursive: bool = False
    sourceless: bool = False
    table: VersionTable = VersionTable()


def find(folders: Sequence[Path], migrations: Migrations) -> Environment | None:
    """Return the environment that the configuration names, or the first in the folders.

    Raises UsageError if the configuration names one that cannot be used. One that was only looked
    for may belong to something else: it is skipped if it cannot be used.
    """
    section = migrations.section or SECTION
    if migrations.config is not None:
        return _named(folders, migrations.config, section)
    for ini, toml in _candidates(folders):
        try:
            environment = _read(ini, toml, section, folders)
        except OptionsError:
            continue
        if environment is not None and os.path.isdir(environment.folder):  # noqa: PTH112
            return environment
    return None


def _candidates(folders: Sequence[Path]) -> Iterator[tuple[Path, Path | None]]:
    """Yield the files in which Alembic, and then Flask-Migrate, look for the configuration."""
    if named := os.environ.get("ALEMBIC_CONFIG"):
        yield _files(Path(named).absolute())
    for folder in dict.fromkeys(folders):
        yield folder / "alembic.ini", folder / "pyproject.toml"
        yield folder / "migrations" / "alembic.ini", None


def _files(named: Path) -> tuple[Path, Path]:
    if named.name == "pyproject.toml":
        return named.parent / "alembic.ini", named
    return named, named.parent / "pyproject.toml"


def _named(folders: Sequence[Path], config: str, section: str) -> Environment:
    """Return the environment of a file or a folder. Raises UsageError."""
    paths = [folder / config for folder in dict.fromkeys(folders)]
    path = next((path for path in paths if os.path.exists(path)), None)  # noqa: PTH110
    if path is None:
        raise UsageError(f"migrations.config: {config} does not exist; name alembic.ini")
    if path.is_dir() and not (path / "alembic.ini").exists():
        if not (path / "env.py").exists():
            raise UsageError(f"migrations.config: the folder {config} has no env.py")
        return _environment(Options(), path, path.parent, section, folders)
    ini, toml = _files(path / "alembic.ini" if path.is_dir() else path)
    try:
        environment = _read(ini, toml, section, folders)
    except OptionsError as problem:
        raise UsageError(f"migrations.config: {problem}") from None
    if environment is None:
        where = "[tool.alembic]" if path == toml else f"[{section}]"
        raise UsageError(f"migrations.config: {config} has no script_location in {where}")
    if not os.path.isdir(environment.folder):  # noqa: PTH112
        raise UsageError(
            f"migrations.config: {config}: the folder {environment.folder} of script_location does "
            "not exist"
        )
    return environment


def _read(
    ini: Path, toml: Path | None, section: str, folders: Sequence[Path]
) -> Environment | None:
    """Return the environment of the files; None if they name none. Raises OptionsError."""
    options = read_options(ini, toml, section)
    root = ini.parent
    location = options.script_location
    if location is not None:
        bases = [root, *folders, *(root / entry for entry in options.prepend_sys_path)]
        folder = folder_of(location, bases)
        if not os.path.isdir(folder) and (root / "env.py").exists():  # noqa: PTH112
            folder = root  # a location from the folder that an installed package is built in
    elif (root / "env.py").exists() and options.has_section:
        folder, root = root, root.parent  # Flask-Migrate's: it adds `script_location` itself
    else:
        return None
    environment = _environment(options, folder, root, section, folders)
    return msgspec.structs.replace(
        environment,
        ini=ini if ini.exists() else None,
        toml=toml if toml is not None and options.uses_toml else None,
    )


def _environment(
    options: Options, folder: Path, root: Path, section: str, folders: Sequence[Path]
) -> Environment:
    locations = options.version_locations
    bases = [root, *folders]
    return Environment(
        section=section,
        root=root,
        folder=folder,
        versions=tuple(folder_of(entry, bases) for entry in locations) or (folder / "versions",),
        recursive=options.recursive,
        sourceless=options.sourceless,
        table=version_table(folder / "env.py", options.version_table),
    )


def folder_of(location: str, bases: Sequence[Path]) -> Path:
    """Return the folder of a location, which may be `package.module:folder`.

    Alembic imports the package for its path; here it is looked for in the folders that Python
    imports from. The result need not exist.
    """
    package, colon, rest = location.partition(":")
    if not colon or os.path.isabs(location):  # noqa: PTH117
        return _first(location, bases)
    import sys

    relative = "/".join((*package.split("."), *rest.split(":")))
    return _first(relative, [*bases, *(base / "src" for base in bases), *map(Path, sys.path)])


def _first(relative: str, bases: Sequence[Path]) -> Path:
    paths = [base / relative for base in bases]
    return next((path for path in paths if os.path.isdir(path)), paths[0])  # noqa: PTH112
