"""From imported modules and classes to the files that they came from."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from drift.sources.models.source_index import SourceFile
from drift.sources.models.source_syntax import ClassSource


class SourceModule(NamedTuple):
    """An imported module: its file and its globals."""

    file: SourceFile
    globals: Mapping[str, Any]

    def resolve(self, dotted: str) -> Any:
        """Return what a dotted name stands for in the module, None if nothing that is known."""
        found: Any = None
        names = self.globals
        for name in dotted.split("."):
            found = names.get(name)
            names = own_names(found)
        return found


class SourceModules:
    """The modules that may declare tables; each file is read once, when it is first needed."""

    def __init__(self, names: Iterable[str], root: Path) -> None:
        """Take the names of imported modules; others, and those without a file, are left out."""
        self._names = tuple(dict.fromkeys(names))
        self._root = root
        self._files: dict[str, SourceFile] = {}
        self._classes: dict[type, tuple[SourceFile, ClassSource] | None] = {}

    @cached_property
    def all(self) -> tuple[SourceModule, ...]:
        """The modules that came from Python files, those below the root first."""
        # SQLAlchemy itself declares nothing of the user's, and is slow to parse.
        names = (name for name in self._names if name.split(".")[0] != "sqlalchemy")
        found = [module for name in names if (module := self._module(name))]
        return tuple(sorted(found, key=lambda module: not self.is_inside(module.file)))

    def relative(self, file: SourceFile) -> Path | None:
        """Return the path from the root, None for a file that is not below it."""
        if file.path.is_relative_to(self._root):
            return file.path.relative_to(self._root)
        path, root = file.path.resolve(), self._root.resolve()
        return path.relative_to(root) if path.is_relative_to(root) else None

    def is_inside(self, file: SourceFile) -> bool:
        """Whether the file is below the root."""
        return self.relative(file) is not None

    def class_source(self, cls: type) -> tuple[SourceFile, ClassSource] | None:
        """Return the `class` statement of a class."""
        if cls not in self._classes:
            self._classes[cls] = self._find_class(cls)
        return self._classes[cls]

    def _module(self, name: str) -> SourceModule | None:
        names = own_names(sys.modules.get(name))
        file = python_file(names)
        if file is None:
            return None
        source = self._files.setdefault(file, SourceFile(Path(file).absolute()))
        return SourceModule(source, names)

    def _find_class(self, cls: type) -> tuple[SourceFile, ClassSource] | None:
        module = self._module(str(cls.__module__))
        if module is None:
            return None
        names = vars(cls)
        table_names = (None, names.get("__tablename__"))
        found = module.file.index.classes.get(cls.__qualname__, [])
        likely = [source for source in found if source.table_name in table_names]
        best = max(likely, key=lambda source: _likeness(source, names), default=None)
        return (module.file, best) if best else None


def below(root: Path) -> list[str]:
    """Return the names of the modules that were imported from files below a directory."""
    files = {name: python_file(own_names(module)) for name, module in list(sys.modules.items())}
    return [name for name, file in files.items() if file and Path(file).is_relative_to(root)]


def python_file(names: Mapping[str, Any]) -> str | None:
    """Return the source file among a module's globals."""
    file = names.get("__file__")
    return file if isinstance(file, str) and file.endswith(".py") else None


def own_names(owner: Any) -> Mapping[str, Any]:
    """Return the attributes of a module or a class without running any code of theirs."""
    # Not isinstance(), which asks the object: a proxy may raise, a lazy module would load.
    names: Mapping[str, Any] = {}
    if issubclass(type(owner), type):
        names = vars(owner)
    elif issubclass(type(owner), ModuleType):
        names = object.__getattribute__(owner, "__dict__")
    return names


def _likeness(source: ClassSource, names: Mapping[str, Any]) -> tuple[bool, int, int]:
    """Rank the statements of one name: Python's own word, then shared names, then the last."""
    shared = sum(1 if name in names else -1 for name in source.attributes)
    return names.get("__firstlineno__") == source.first_line, shared, source.line
