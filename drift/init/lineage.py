"""Which classes and tables belong to a base, however many classes or files lie between."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from drift.init.names import Module, Names

_SQLMODEL = "sqlmodel:SQLModel"


class Lineage:
    """What is derived from the `roots`: origin of what models use → base to name."""

    def __init__(self, names: Names, roots: Mapping[str, str]) -> None:
        """Take the project's names, and the bases that were found."""
        self._names = names
        self._roots = roots

    def models(self, module: Module) -> Iterator[str]:
        """Yield the base of each model and of each table that a module declares."""
        for node in ast.walk(module.tree):
            match node:
                case ast.ClassDef():
                    spec = self._of_class(module.name, node)
                case ast.Call(func=function, args=[_, ast.Name(id=name), *_]) if (
                    dotted(function).rpartition(".")[2] == "Table"
                ):
                    spec = self._roots.get(self._names.origin(module.name, name), "")
                case _:
                    continue
            if spec:
                yield spec

    def _of_class(self, module: str, node: ast.ClassDef) -> str:
        if f"{module}:{node.name}" in self._roots or _says(node, "__abstract__"):
            return ""
        spec = self._base(module, node, frozenset())
        table = any(keyword.arg == "table" for keyword in node.keywords)
        return spec if spec != _SQLMODEL or table else ""

    def _base(self, module: str, node: ast.ClassDef, seen: frozenset[str]) -> str:
        """Return the base that a class descends from; "" if from none."""
        for parent in filter(None, map(dotted, node.bases)):
            origin = self._names.origin(module, parent)
            if origin in self._roots:
                return self._roots[origin]
            definition = self._names.definition(origin)
            if definition and origin not in seen:
                found = self._base(origin.partition(":")[0], definition, seen | {origin})
                if found:
                    return found
        return ""


def dotted(node: ast.expr) -> str:
    """Return `a.b.C` of an expression `a.b.C` or `a.b.C[T]`; "" of any other."""
    match node:
        case ast.Subscript(value=value):
            return dotted(value)
        case ast.Attribute(value=value, attr=name):
            inner = dotted(value)
            return f"{inner}.{name}" if inner else name
        case ast.Name(id=name):
            return name
    return ""


def _says(node: ast.ClassDef, name: str) -> bool:
    """Tell whether a class sets a flag to True in its body."""
    return any(
        isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)
        and isinstance(statement.value, ast.Constant)
        and statement.value.value is True
        for statement in node.body
    )
