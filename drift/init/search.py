"""Looks for what models are declared on, in source files: nothing of the project is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from drift.init.lineage import Lineage, dotted
from drift.init.names import Module, Names
from drift.sources.project_files import python_files

MOST_FILES = 20_000
_WORTH_READING = (
    r"(?i)sqlalchemy|sqlmodel|__tablename__|table=True|\bclass \w+\(.*(\w*base|\.model)\b"
)
_BASES = {"DeclarativeBase", "DeclarativeBaseNoMeta"}
_MAKERS = {
    "declarative_base": "",
    "automap_base": "",
    "generate_base": "",
    "MetaData": "",
    "SQLAlchemy": ".Model",
}


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Something that models are declared on, and the modules that declare `count` models on it."""

    spec: str
    count: int
    modules: tuple[str, ...]


def candidates(root: Path) -> list[Candidate]:
    """Return what models are declared on below a folder, the one with most models first."""
    modules = _modules(root)
    worth = [module for module in modules.values() if module.file.mentions(_WORTH_READING)]
    roots = {"sqlmodel:SQLModel": "sqlmodel:SQLModel"}
    for module in worth:
        for name, inherited in _declared(module.tree):
            roots[f"{module.name}:{inherited}"] = f"{module.name}:{name}"
    lineage = Lineage(Names(modules), roots)
    found: dict[str, list[str]] = {spec: [] for spec in roots.values()}
    for module in worth:
        for spec in lineage.models(module):
            found[spec].append(module.name)
    some = [
        Candidate(spec=spec, count=len(places), modules=tuple(dict.fromkeys(places)))
        for spec, places in found.items()
        if places or spec != "sqlmodel:SQLModel"
    ]
    used = [one for one in some if one.count]
    return sorted(used or some, key=lambda one: (-one.count, one.spec))


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


def _modules(root: Path) -> dict[str, Module]:
    """Return the modules below a folder, by the name they are imported by; none is read yet."""
    named = ((_name(path, root), path) for path in islice(python_files(root), MOST_FILES))
    return {name: Module(name, path) for name, path in named if name}


def _name(path: Path, root: Path) -> str:
    """Return the dotted name; "" where a folder could not be part of one."""
    parts = list(path.relative_to(root).with_suffix("").parts)
    if parts[0] == "src":
        del parts[0]
    if parts and parts[-1] == "__init__":
        del parts[-1]
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else ""


def _declared(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each module-level base with the name that its models use."""
    for statement in tree.body:
        match statement:
            case ast.ClassDef(name=name, bases=bases) if _BASES & set(map(_last, bases)):
                yield name, name
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=function))
            ) if _last(function) in _MAKERS:
                yield name, name + _MAKERS[_last(function)]


def _last(node: ast.expr) -> str:
    """Return the last name of `a.b.C`, `C` or `C[T]`."""
    return dotted(node).rpartition(".")[2]
