"""The private attributes of SQLAlchemy are known to one file, which can change with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import drift
from drift.kinds.metadata import sqlalchemy_adapter

PACKAGE = Path(drift.__file__).parent
ADAPTER = Path(sqlalchemy_adapter.__file__)
OTHER = {"_exit", "_run_exitfuncs", "_getframe", "_replace"}
"""Private attributes of the standard library that drift uses."""

PRIVATE = re.compile(r"_[a-z]\w*")


def private_attributes(path: Path) -> Iterator[str]:
    """Yield the private attributes that a file takes from what is not its own."""
    tree = ast.parse(path.read_text())
    own = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in {"self", "cls"}
    }
    for node in ast.walk(tree):
        name = None
        if isinstance(node, ast.Attribute):
            name = node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            asks = node.func.id in {"getattr", "hasattr", "setattr"}
            name = next((text for text in texts if isinstance(text, str)), None) if asks else None
        if name and PRIVATE.fullmatch(name) and name not in own | OTHER:
            yield f"{path.relative_to(PACKAGE)}: {name}"


OF_ALEMBIC = {
    PACKAGE / "sources" / "migrations" / "commands.py",
    PACKAGE / "revisions" / "files.py",
    PACKAGE / "revisions" / "hooks.py",
}
"""They call what `alembic upgrade` and `alembic revision` themselves call."""


def test_only_the_adapter_takes_private_attributes() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if path not in {ADAPTER, *OF_ALEMBIC}]
    assert [name for path in files for name in private_attributes(path)] == []


def test_the_adapter_is_seen_to_take_them() -> None:
    assert len(list(private_attributes(ADAPTER))) >= 10
