"""Follows a name through a project's imports to where it is made; nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from drift.sources.models.source_file import SourceFile


class Module:
    """One source file: its syntax, its classes, and what its names were imported as."""

    def __init__(self, name: str, path: Path) -> None:
        """Take the name it is imported by; nothing is read yet."""
        self.name = name
        self.file = SourceFile(path)
        self._package = name if path.name == "__init__.py" else name.rpartition(".")[0]

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax; empty where the file cannot be parsed."""
        try:
            return ast.parse(self.file.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes by name, wherever in the file they stand."""
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)}

    @cached_property
    def imports(self) -> dict[str, str]:
        """The imported names: each with `module:name`, or `module:` where it is a module."""
        return dict(found for node in ast.walk(self.tree) for found in self._imported(node))

    @cached_property
    def stars(self) -> list[str]:
        """The modules that everything was imported from."""
        return [
            self._source(node.module or "", node.level)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        ]

    @cached_property
    def made(self) -> set[str]:
        """The names that the module itself makes, at its top level."""
        stored = (node for statement in self.tree.body for node in _targets(statement))
        return {*self.classes, *(node.id for node in stored if isinstance(node, ast.Name))}

    def _imported(self, node: ast.AST) -> Iterator[tuple[str, str]]:
        match node:
            case ast.Import(names=names):
                for one in names:
                    yield one.asname or one.name.split(".")[0], f"{_bound(one)}:"
            case ast.ImportFrom(names=names, module=module, level=level):
                source = self._source(module or "", level)
                for one in names:
                    yield one.asname or one.name, f"{source}:{one.name}"

    def _source(self, module: str, level: int) -> str:
        """Return the absolute name of the module that a `from` names."""
        if not level:
            return module
        parts = self._package.split(".")
        kept = parts[: len(parts) - level + 1]
        return ".".join(filter(None, [*kept, module]))


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign) else []


def _bound(one: ast.alias) -> str:
    """Return the module that `import a.b` binds (a), and `import a.b as c` (a.b)."""
    return one.name if one.asname else one.name.split(".")[0]


class Names:
    """The modules of a project, to ask where a name of one of them comes from."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        """Take the modules by name."""
        self._modules = modules

    def origin(self, module: str, dotted: str) -> str:
        """Return `module:name` of what a module calls `dotted`; of a module, `module:`."""
        first, *rest = dotted.split(".")
        found = self._follow(module, first, frozenset())
        for name in rest:
            place, _, held = found.partition(":")
            found = f"{found}.{name}" if held else self._follow(place, name, frozenset())
        return found

    def definition(self, origin: str) -> ast.ClassDef | None:
        """Return the class that stands at an origin."""
        place, _, name = origin.partition(":")
        return self._modules[place].classes.get(name) if place in self._modules else None

    def _follow(self, module: str, name: str, seen: frozenset[str]) -> str:
        here = f"{module}:{name}"
        known = self._modules.get(module)
        if here in seen or (known and name in known.made):
            return here
        seen |= {here}
        if known and name in known.imports:
            place, _, inner = known.imports[name].partition(":")
            return self._follow(place, inner, seen) if inner else f"{place}:"
        for star in known.stars if known else ():
            place, _, inner = self._follow(star, name, seen).partition(":")
            if place in self._modules and inner in self._modules[place].made:
                return f"{place}:{inner}"
        inside = f"{module}.{name}"
        return f"{inside}:" if inside in self._modules else here
