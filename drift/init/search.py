"""Looks for what models are declared on, in source files: nothing of the project is imported."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import msgspec

from drift.sources.source_index import SourceFile

MOST_FILES = 20_000
_LEFT_OUT = frozenset(
    "__pycache__ node_modules site-packages build dist venv env tests test migrations alembic "
    "versions docs examples".split()
)
_WORTH_READING = r"sqlalchemy|sqlmodel|SQLAlchemy|__tablename__|table=True"
_BASES = {"DeclarativeBase", "DeclarativeBaseNoMeta"}
_MAKERS = {"declarative_base": "", "automap_base": "", "generate_base": "", "SQLAlchemy": "Model"}


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Something that models are declared on, and the modules that declare `count` models on it."""

    spec: str
    count: int
    modules: tuple[str, ...]


def candidates(root: Path) -> list[Candidate]:
    """Return what models are declared on below a folder, the one with most models first."""
    found: dict[str, str] = {}
    models: list[tuple[str, str]] = []
    for module, tree in _modules(root):
        for name, base in _declared(tree):
            found[f"{module}:{name}"] = base
        models += [(module, base) for base in _model_bases(tree)]
    if any(base == "SQLModel" for _, base in models):
        found["sqlmodel:SQLModel"] = "SQLModel"
    some = [_candidate(spec, base, found, models) for spec, base in found.items()]
    return sorted(some, key=lambda one: (-one.count, one.spec))


def imports(candidate: Candidate) -> list[str]:
    """Return what is to be imported for all models to be known; packages bring all below them."""
    home = candidate.spec.partition(":")[0]
    others = [module for module in candidate.modules if module != home]
    parents = [module.rpartition(".")[0] for module in others]
    named = {
        parent if parent and (parents.count(parent) > 1 or parent == home) else module
        for module, parent in zip(others, parents, strict=True)
    }
    return sorted(name for name in named if not any(name.startswith(f"{o}.") for o in named))


def _candidate(
    spec: str, base: str, found: dict[str, str], models: list[tuple[str, str]]
) -> Candidate:
    """Count the models; where two bases have one name, those of the same package are its own."""
    home = spec.partition(":")[0]
    rivals = [one.partition(":")[0] for one, name in found.items() if name == base]
    mine = [
        module
        for module, name in models
        if name == base and max(rivals, key=lambda rival: (_shared(rival, module), rival)) == home
    ]
    return Candidate(spec=spec, count=len(mine), modules=tuple(dict.fromkeys(mine)))


def _shared(one: str, other: str) -> int:
    """Return how many leading packages two modules have in common."""
    pairs = zip(one.split("."), other.split("."), strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))


def _modules(root: Path) -> Iterator[tuple[str, ast.Module]]:
    """Yield the modules that may declare models, by the name they are imported by."""
    for number, path in enumerate(_files(root)):
        if number >= MOST_FILES:
            return
        file = SourceFile(path)
        module = _name(path, root)
        if module and file.mentions(_WORTH_READING):
            try:
                yield module, ast.parse(file.text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if name not in _LEFT_OUT
            and not name.startswith(".")
            and not (here / name / "pyvenv.cfg").exists()
        )
        for name in sorted(names):
            if name.endswith(".py") and not re.match(r"test_|conftest\.py|setup\.py", name):
                yield here / name


def _name(path: Path, root: Path) -> str:
    """Return the dotted name; "" where a folder could not be part of one."""
    parts = list(path.relative_to(root).with_suffix("").parts)
    if parts[0] == "src":
        del parts[0]
    if parts and parts[-1] == "__init__":
        del parts[-1]
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else ""


def _declared(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each module-level base with the name that its models inherit from."""
    for statement in tree.body:
        match statement:
            case ast.ClassDef(name=name, bases=bases) if _BASES & set(map(_last, bases)):
                yield name, name
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=function))
            ) if _last(function) in _MAKERS:
                yield name, _MAKERS[_last(function)] or name
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=function))
            ) if _last(function) == "MetaData":
                yield name, f"{name} of Table"


def _model_bases(tree: ast.Module) -> Iterator[str]:
    """Yield what each model of a module is declared on."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(bases=bases) if _is_model(node):
                yield from {_last(base) for base in bases}
            case ast.Call(func=function, args=[_, ast.Name(id=name), *_]) if (
                _last(function) == "Table"
            ):
                yield f"{name} of Table"


def _is_model(node: ast.ClassDef) -> bool:
    """Tell whether a class has a table: by its name, or by Flask-SQLAlchemy's or SQLModel's way."""
    if any(keyword.arg == "table" for keyword in node.keywords):
        return True
    if any(_last(base) == "Model" for base in node.bases):
        return True
    names = {
        target.id
        for statement in node.body
        for target in getattr(statement, "targets", [getattr(statement, "target", None)])
        if isinstance(target, ast.Name)
    }
    return bool(names & {"__tablename__", "__table__"})


def _last(node: ast.expr) -> str:
    """Return the last name of `a.b.C`, `C` or `C[T]`."""
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
