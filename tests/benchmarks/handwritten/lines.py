"""Counts lines of code: without blank lines, comments and docstrings."""

from __future__ import annotations

import ast
from pathlib import Path


def count(path: Path) -> int:
    """Return the number of lines of a file that do something."""
    text = path.read_text(encoding="utf-8")
    skipped = _docstrings(text) if path.suffix == ".py" else set()
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#") and number not in skipped
        for number, line in enumerate(text.splitlines(), 1)
    )


def _docstrings(text: str) -> set[int]:
    """Return the numbers of the lines of strings that are statements."""
    return {
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
