"""Finds the SQL files of a folder in the order of the tool that they belong to.

Flyway, dbmate, Supabase, sqlx, golang-migrate, goose, sql-migrate, Prisma, Drizzle and Diesel name
their files by a version; so do people. Only upgrades are run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from drift.errors import UsageError
from drift.lazy_regex import lazy_regex
from drift.sources.interface import Note

_FLYWAY = lazy_regex(r"(?P<kind>[VBRU])(?P<version>[\d._]*)__.+\.sql", re.IGNORECASE)
_NUMBERED = lazy_regex(r"[vV]?(?P<version>\d+(?:[._-]\d+)*)(?:\D|$)")
_SECTIONS = lazy_regex(
    r"^[ \t]*--[ \t]*(?:migrate:|\+goose[ \t]+|\+migrate[ \t]+)(?P<way>up|down)\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
_MOST_BYTES = 200_000_000
Key: TypeAlias = "tuple[tuple[int, ...], str]"


def files_of(path: Path, note: Note) -> Sequence[Path]:
    """Return the file, or those of a folder in their order. Raises UsageError if there are none."""
    if not path.exists():
        raise UsageError(f"sql: {path} does not exist")
    if path.is_file():
        return [path]
    nested = _nested(path)
    files = _flyway(path) or nested or _numbered(path, note)
    if not files:
        raise UsageError(f"sql: the folder {path} has no .sql file")
    return files


def text_of(path: Path) -> str:
    """Return the part of a file that leads upwards, at its own lines. Raises UsageError."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"sql: {path} is larger than 200 MB; dump it with --schema-only")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise UsageError(f"sql: cannot read {path}: {problem.strerror}") from None
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        raise UsageError(f"sql: {path}:{line}: the file is not UTF-8 text") from None
    return _upwards(text)


def _upwards(text: str) -> str:
    """Return the text with the sections of `down` as empty lines."""
    marks = list(_SECTIONS.finditer(text))
    if not marks:
        return text
    parts = [re.sub(r"[^\n]", "", text[: marks[0].start()])]
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=True):
        part = text[mark.start() : end]
        parts.append(part if mark["way"].lower() == "up" else re.sub(r"[^\n]", "", part))
    return "".join(parts)


def _flyway(folder: Path) -> Sequence[Path]:
    """Return the files of Flyway: the last baseline, newer versions, then the repeatable ones."""
    kinds: dict[str, list[tuple[Key, Path]]] = {"V": [], "B": [], "R": [], "U": []}
    for path in folder.rglob("*.sql"):
        if match := _FLYWAY.fullmatch(path.name):
            key = (_version(match["version"]), path.name)
            kinds[match["kind"].upper()].append((key, path))
    if not kinds["V"] and not kinds["B"]:
        return []
    baseline = sorted(kinds["B"])[-1:]
    newer = [item for item in kinds["V"] if not baseline or item[0][0] > baseline[0][0][0]]
    return [path for _, path in (*baseline, *sorted(newer), *sorted(kinds["R"]))]


def _nested(folder: Path) -> Sequence[Path]:
    """Return the files of Prisma and Diesel, which have a folder per version."""
    for name in ("migration.sql", "up.sql"):
        if files := sorted(folder.glob(f"*/{name}"), key=_by_number(lambda path: path.parent.name)):
            return files
    return []


def _numbered(folder: Path, note: Note) -> Sequence[Path]:
    """Return files that begin with a number, by that; files without any, by their names."""
    files = [path for path in folder.glob("*.sql") if not path.name.endswith(".down.sql")]
    numbered = [path for path in files if _NUMBERED.match(path.name)]
    if not numbered:
        return sorted(files)
    skipped(set(files) - set(numbered), note)
    return sorted(numbered, key=_by_number(lambda path: path.name))


def skipped(files: Iterable[Path], note: Note) -> None:
    """Note the files that have no version."""
    for path in sorted(files):
        note(f"sql: skipped {path}: its name has no version, unlike those of the others")


def _by_number(name_of: Callable[[Path], str]) -> Callable[[Path], Key]:
    def key(path: Path) -> Key:
        match = _NUMBERED.match(name_of(path))
        return (_version(match["version"]) if match else (), name_of(path))

    return key


def _version(text: str) -> tuple[int, ...]:
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    while numbers and not numbers[-1]:
        numbers.pop()  # 1.0 is 1
    return tuple(numbers)
