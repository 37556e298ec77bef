"""Searches source files for the bases of models; nothing of the project is imported."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import msgspec

from drift.init.homes import Homes
from drift.init.names import Lineage, Module, Names, dotted
from drift.sources.models.project_files import python_files

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
    """A base, MetaData or `db`, and the modules that declare `count` models on it.

    `home` is the folder that they are imported from.
    """

    spec: str
    count: int
    modules: tuple[str, ...]
    home: Path


def candidates(root: Path) -> list[Candidate]:
    """Return the bases of models below a folder, the one with most models first."""
    files = list(islice(python_files(root), MOST_FILES))
    worth = {path for path in files if Module("", path).source.mentions(_WORTH_READING)}
    homes = Homes(root, worth)
    by_home: dict[Path, list[Path]] = {}
    for path in files:
        by_home.setdefault(homes.of(path), []).append(path)
    best: dict[str, Candidate] = {}
    for home, inside in by_home.items():
        shared = by_home.get(root, []) if home != root else []
        modules = _named(shared, root) | _named(inside, home)
        for candidate in _candidates(modules, worth, home):
            base = modules.get(candidate.spec.partition(":")[0])
            key = f"{base.path if base else home}:{candidate.spec}"
            best[key] = max(best.get(key, candidate), candidate, key=lambda each: each.count)
    used = [candidate for candidate in best.values() if candidate.count]
    return sorted(used or best.values(), key=lambda each: (-each.count, each.spec, each.home))


def _candidates(
    modules: Mapping[str, Module], worth: Container[Path], home: Path
) -> list[Candidate]:
    reading = [module for module in modules.values() if module.path in worth]
    roots = {"sqlmodel:SQLModel": "sqlmodel:SQLModel"}
    for module in reading:
        for name, inherited in _declared(module.tree):
            roots[f"{module.name}:{inherited}"] = f"{module.name}:{name}"
    lineage = Lineage(Names(modules), roots)
    declared_in: dict[str, list[str]] = {spec: [] for spec in roots.values()}
    for module in reading:
        for spec in lineage.models(module):
            declared_in[spec].append(module.name)
    return [
        Candidate(spec=spec, count=len(names), modules=tuple(dict.fromkeys(names)), home=home)
        for spec, names in declared_in.items()
        if names or spec != "sqlmodel:SQLModel"
    ]


def imports(candidate: Candidate) -> list[str]:
    """Return the modules to import so that all models are known; a package stands for all below it.

    A package that mostly holds other modules, such as the application's own, is left alone: each of
    those might connect or start something.
    """
    base = candidate.spec.partition(":")[0]
    others = [module for module in candidate.modules if module != base]
    parents = [module.rpartition(".")[0] for module in others]
    whole = {
        parent
        for parent in filter(None, parents)
        if parents.count(parent) > 1 or parent == base
        if _mostly_models(parent, {*others, base}, candidate.home)
    }
    named = {
        parent if parent in whole else module
        for module, parent in zip(others, parents, strict=True)
    }
    return sorted(name for name in named if not any(name.startswith(f"{o}.") for o in named))


def _mostly_models(package: str, models: Container[str], home: Path) -> bool:
    files = python_files(home / package.replace(".", "/"))
    names = [_name(path, home) for path in files if path.name != "__init__.py"]
    return 2 * sum(name in models for name in names) > len(names)


def _named(files: Iterable[Path], home: Path) -> dict[str, Module]:
    """Return modules by the name they are imported by; none is read yet."""
    named = ((_name(path, home), path) for path in files)
    return {name: Module(name, path) for name, path in named if name}


def _name(path: Path, home: Path) -> str:
    """Return the dotted name; "" if a folder could not be part of one."""
    parts = list(path.relative_to(home).with_suffix("").parts)
    if parts[-1] == "__init__":
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
