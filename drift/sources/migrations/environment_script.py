"""The name of the version table, as `env.py` gives it to Alembic; the script is only read."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from drift.sources.migrations.options import text_of

DEFAULT = "alembic_version"


class VersionTable(msgspec.Struct, frozen=True, kw_only=True):
    """The possible names and schemas of the version table; without a schema, the default one.

    `open` if env.py works the name or the schema out when it runs.
    """

    names: tuple[str, ...] = (DEFAULT,)
    schemas: tuple[str, ...] = ()
    open: bool = False


def version_table(script: Path, configured: str | None) -> VersionTable:
    """Return the version table of `env.py`; `configured` is the one of alembic.ini."""
    try:
        tree = ast.parse(text_of(script) or "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return VersionTable(names=(configured or DEFAULT,), open=True)
    constants = _constants(tree)
    names, schemas, is_open = set[str](), set[str](), False
    for key, value in _settings(tree):
        texts = _texts(value, constants)
        if not texts and configured and key == "version_table":
            continue  # most likely read from there
        is_open |= not texts
        (names if key == "version_table" else schemas).update(filter(None, texts))
    default = configured or DEFAULT
    return VersionTable(
        names=tuple(sorted(names or {default})), schemas=tuple(sorted(schemas)), open=is_open
    )


def _settings(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield the values of `version_table` and `version_table_schema`, in calls and dictionaries."""
    for node in ast.walk(tree):
        for key, value in _pairs(node):
            if key in ("version_table", "version_table_schema"):
                yield str(key), value


def _pairs(node: ast.AST) -> Iterator[tuple[object, ast.expr]]:
    """Yield the names and values of `f(name=value)`, `{"name": value}` and `x["name"] = value`."""
    if isinstance(node, ast.keyword):
        yield node.arg, node.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            yield getattr(key, "value", None), value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                yield getattr(target.slice, "value", None), node.value


def _constants(tree: ast.Module) -> Mapping[str, ast.expr]:
    """Return the variables of the module that are assigned once."""
    constants: dict[str, ast.expr] = {}
    seen = set[str]()
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else ()
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name):
                assert isinstance(node, ast.Assign | ast.AnnAssign)
                if target.id not in seen and node.value is not None:
                    constants[target.id] = node.value
                else:
                    constants.pop(target.id, None)
                seen.add(target.id)
    return constants


def _texts(value: ast.expr, constants: Mapping[str, ast.expr]) -> tuple[str | None, ...]:
    """Return the values that an expression can have; none if that is not written there."""
    if isinstance(value, ast.Name):
        value = constants.get(value.id, value)
    if isinstance(value, ast.Constant) and (value.value is None or isinstance(value.value, str)):
        return (value.value or None,)
    return ()
