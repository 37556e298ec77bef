"""Follows names and base classes through a project's imports; nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from drift.config.problems import suggest
from drift.sources.models.source_file import SourceFile

_SQLMODEL = "sqlmodel:SQLModel"


_DYNAMIC = r"__getattr__|__dict__|globals\(|exec\(|setattr\(|sys\.modules"
"""Ways of a module to have names that its syntax does not show."""


class Module:
    """One source file: its syntax, its classes, and the origins of its imported names."""

    def __init__(self, name: str, path: Path) -> None:
        """Take the name it is imported by; nothing is read yet."""
        self.name = name
        self.path = path
        self.source = SourceFile(path)
        self._package = name if path.name == "__init__.py" else name.rpartition(".")[0]

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax; empty if the file cannot be parsed."""
        try:
            return ast.parse(self.source.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes by name, wherever in the file they stand."""
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)}

    @cached_property
    def imports(self) -> dict[str, str]:
        """The imported names, each with `module:name`, or `module:` for a module."""
        return dict(pair for node in ast.walk(self.tree) for pair in self._imported(node))

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
                for alias in names:
                    # `import a.b` binds a, and `import a.b as c` binds a.b.
                    top = alias.name.split(".")[0]
                    yield alias.asname or top, f"{alias.name if alias.asname else top}:"
            case ast.ImportFrom(names=names, module=module, level=level):
                source = self._source(module or "", level)
                for alias in names:
                    yield alias.asname or alias.name, f"{source}:{alias.name}"

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


class Names:
    """The modules of a project, which tell the origin of a name in one of them."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        """Take the modules by name."""
        self._modules = modules

    def origin(self, module: str, dotted: str) -> str:
        """Return the `module:name` that `dotted` means in a module; `module:` for a module."""
        first, *rest = dotted.split(".")
        origin = self._follow(module, first, frozenset())
        for name in rest:
            source, _, attribute = origin.partition(":")
            origin = f"{origin}.{name}" if attribute else self._follow(source, name, frozenset())
        return origin

    def definition(self, origin: str) -> ast.ClassDef | None:
        """Return the class that stands at an origin."""
        source, _, name = origin.partition(":")
        return self._modules[source].classes.get(name) if source in self._modules else None

    def _follow(self, module: str, name: str, seen: frozenset[str]) -> str:
        here = f"{module}:{name}"
        known = self._modules.get(module)
        if here in seen or (known and name in known.made):
            return here
        seen |= {here}
        if known and name in known.imports:
            source, _, attribute = known.imports[name].partition(":")
            return self._follow(source, attribute, seen) if attribute else f"{source}:"
        for star in known.stars if known else ():
            source, _, attribute = self._follow(star, name, seen).partition(":")
            if source in self._modules and attribute in self._modules[source].made:
                return f"{source}:{attribute}"
        submodule = f"{module}.{name}"
        return f"{submodule}:" if submodule in self._modules else here


class Lineage:
    """The classes and tables derived from `roots`: origin of a base or its alias → base to name."""

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
        if f"{module}:{node.name}" in self._roots or _sets(node, "__abstract__"):
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
                base = self._base(origin.partition(":")[0], definition, seen | {origin})
                if base:
                    return base
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


def _sets(node: ast.ClassDef, name: str) -> bool:
    """Return whether a class sets a flag to True in its body."""
    return any(
        isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)
        and isinstance(statement.value, ast.Constant)
        and statement.value.value is True
        for statement in node.body
    )


def unknown_part(spec: str, home: Path) -> str:
    """Return the missing part of `package.module:attribute`; "" if the project may have it.

    Only if the source files leave no doubt: modules may make names while they run.
    """
    name, _, attribute = spec.partition(":")
    path = home.joinpath(*name.split("."))
    files = [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
    if not files:
        if path.is_dir() or not path.parent.is_dir() or path.parent == home:
            return ""  # a namespace package, or nothing of this project
        siblings = [other.stem for other in path.parent.iterdir() if other.suffix in {"", ".py"}]
        return f"there is no module {name}; {suggest(path.name, siblings, 'check its name')}"
    module, first = Module(name, files[0]), attribute.partition(".")[0]
    names = {*module.imports, *filter(None, map(_stored_name, ast.walk(module.tree)))}
    certain = module.tree.body and not module.stars and not module.source.mentions(_DYNAMIC)
    if not certain or first in names or (path / first).exists() or (path / f"{first}.py").exists():
        return ""
    return f"{name} defines no {first}; {suggest(first, sorted(names), 'check its name')}"


def _stored_name(node: ast.AST) -> str:
    """Return the name that a node gives to something; "" if it gives none."""
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name
        case ast.Name(id=name, ctx=ast.Store()):
            return name
    return ""
