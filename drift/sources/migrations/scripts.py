"""The revisions of an Alembic environment, read out of the text of their files.

Only literals count. A file that works its revision out, when Alembic imports it, is unread.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from drift.lazy_regex import lazy_regex
from drift.sources.migrations.discovery import Environment
from drift.sources.migrations.options import text_of
from drift.texts import clip

_SOURCE = lazy_regex(r"(?!\.\#|__init__).*\.py$")
_COMPILED = lazy_regex(r"(?!\.\#|__init__).*\.py[co]$")
_OLD_NAME = lazy_regex(r"([a-f0-9]+)\.py$")
"""Alembic's own expressions for the names of files; the last one finds a revision in a name."""

_BODY = lazy_regex(r"^(?:def|async def|class)\b", re.MULTILINE)
_FIELDS = frozenset({"revision", "down_revision", "branch_labels", "depends_on"})
_SIGNS = ("revision", "branch_labels", "depends_on", "import *")
"""Texts of which at least one is where a field is set."""

_TOUCHED = lazy_regex(
    r"""\b(?:op|batch_op)\.\w+\(\s*["'](\w+)["'](?:\s*,\s*["'](\w+)["'])?"""
    r"""|\b(?:CREATE|ALTER)\s+TABLE\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:\w+\.)?"?(\w+)"""
)


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A revision: its file, the line of its id, and the values that Alembic reads from the file.

    `message` is the first line of the docstring.
    """

    revision: str
    down: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    message: str = ""
    path: Path
    line: int = 1


class Scripts(msgspec.Struct, frozen=True, kw_only=True):
    """The revisions in the order of their files, and the files that could not be read."""

    scripts: tuple[Script, ...] = ()
    unread: tuple[Path, ...] = ()


def read_scripts(environment: Environment) -> Scripts:
    """Read all revisions of an environment."""
    scripts, unread = [], []
    for path in dict.fromkeys(os.path.realpath(path) for path in _files(environment)):
        script = None if _COMPILED.match(os.path.basename(path)) else _script_at(path)  # noqa: PTH119
        if script is None:
            unread.append(Path(path))
        else:
            scripts.append(script)
    return Scripts(scripts=tuple(scripts), unread=tuple(unread))


def _files(environment: Environment) -> Iterator[str]:
    """Yield the files that Alembic would import, in its order."""
    for folder in environment.versions:
        for here, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.endswith("__pycache__"))
            sources = {name.split(".")[0] for name in names if name.endswith(".py")}
            for name in sorted(names):
                compiled = environment.sourceless and _COMPILED.match(name)
                if _SOURCE.match(name) or (compiled and name.split(".")[0] not in sources):
                    yield os.path.join(here, name)  # noqa: PTH118
            if not environment.recursive:
                break


def _script_at(path: str) -> Script | None:
    """Return the revision of a file; None if it cannot be read."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return _script(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _script(path: str, modified: int, size: int) -> Script | None:
    """Read a file, once for all targets: `modified` and `size` change with its content."""
    del modified, size
    try:
        return _parsed(text_of(Path(path)) or "", Path(path))
    except (SyntaxError, TypeError, ValueError, RecursionError, MemoryError):
        return None


def _parsed(text: str, path: Path) -> Script | None:
    """Return the revision in a text. Raises the errors of `ast.parse` and `ast.literal_eval`."""
    tree = _tree(text)
    fields, line = _fields(tree)
    old = _OLD_NAME.match(path.name)
    revision = fields.get("revision", old[1] if old else None)
    if not isinstance(revision, str) or not revision or "down_revision" not in fields:
        return None
    doc = (ast.get_docstring(tree) or "").strip().partition("\n")[0]
    return Script(
        revision=revision,
        down=_texts(fields["down_revision"]),
        depends_on=_texts(fields.get("depends_on")),
        labels=_texts(fields.get("branch_labels")),
        message="" if doc.startswith("Revision ID") else clip(doc.strip()),
        path=path,
        line=line,
    )


def _tree(text: str) -> ast.Module:
    """Parse a script up to its functions, which take most of the time and hold no field.

    The rest is parsed, too, if it uses the name of one, and if the part alone is no valid code.
    """
    body = _BODY.search(text)
    if body and not any(sign in text[body.start() :] for sign in _SIGNS):
        try:
            return ast.parse(text[: body.start()])
        except SyntaxError:
            pass
    return ast.parse(text)


def _fields(tree: ast.Module) -> tuple[Mapping[str, Any], int]:
    """Return the fields, and the line of the id. Raises ValueError for one that is no literal."""
    fields: dict[str, Any] = {}
    line = 1
    for statement in tree.body:
        names = _assigned(statement)
        if len(names) == 1 and isinstance(statement, ast.Assign | ast.AnnAssign):
            if statement.value is not None:
                fields[names[0]] = ast.literal_eval(statement.value)
            line = statement.lineno if names[0] == "revision" else line
        elif names:
            raise ValueError("a field is set in another way than by an assignment of its own")
    return fields, line


def _assigned(statement: ast.stmt) -> list[str]:
    """Return the fields that a statement of the module may set."""
    nodes: Iterable[ast.AST] = ast.walk(statement)
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Expr):
        return []
    if isinstance(statement, ast.AnnAssign):
        nodes = ast.walk(statement.target)
    elif isinstance(statement, ast.Assign):
        nodes = (node for target in statement.targets for node in ast.walk(target))
    names = []
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append(node.id)
        elif isinstance(node, ast.alias):
            names.append(node.asname or node.name)
    return [name for name in names if name in _FIELDS or name == "*"]


def _texts(value: Any) -> tuple[str, ...]:
    """Return the ids or labels of a field. Raises ValueError for anything else."""
    if value is None:
        return ()
    items: Sequence[Any] = (value,) if isinstance(value, str) else tuple(value)
    if not all(isinstance(item, str) and item for item in items):
        raise ValueError("not the name of a revision")
    return tuple(items)


def touched(scripts: Iterable[Script]) -> frozenset[str]:
    """Return names in the calls of `op` and in the SQL of scripts: most are those of tables."""
    texts = (text_of(script.path) or "" for script in scripts)
    return frozenset(
        name for text in texts for match in _TOUCHED.findall(text) for name in match if name
    )
