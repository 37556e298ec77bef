"""The names that a file imports and binds: the style of new code, and the imports that it needs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from drift.adopt.items import Items
from drift.adopt.source import Edit, Source
from drift.sqlalchemy_code.code import Code, Import
from drift.sqlalchemy_code.style import CORE, DIALECT, Style


class Names:
    """The names at the top level of a file."""

    def __init__(self, source: Source) -> None:
        """Read the imports and the other names."""
        self.source = source
        self.imported: dict[str, str] = {}
        """The full name of the object that each local name was imported for."""
        for statement in source.tree.body:
            self.imported |= dict(_imported(statement))
        self.bound = {name for statement in source.tree.body for name in _bound(statement)}

    def style(
        self, version: tuple[int, ...], shadowed: Iterable[str] = (), prefix: str = ""
    ) -> Style:
        """Return the style of new code.

        `shadowed` are names that mean something else in the body of a class. `prefix` is the object
        by which the file calls Column, such as `db` of Flask-SQLAlchemy.
        """
        hidden = frozenset(shadowed)
        known = {full_name: name for name, full_name in self.imported.items() if name not in hidden}
        core = prefix or known.get(CORE, "")
        dialect = known.get(DIALECT, "")
        if not dialect and core and not any(name.startswith(f"{DIALECT}.") for name in known):
            dialect = "postgresql"
        return Style(
            core=core,
            dialect=dialect,
            known=known,
            taken=frozenset((self.bound | set(self.imported) | hidden) - _usable(known)),
            quote=self.source.quote,
            version=version,
            creates_parts=True,
        )

    def edits(self, new: Import) -> list[Edit]:
        """Return the edits that add an import; none if the file has the name."""
        name = new.alias or new.name or new.module
        if name in self.imported or name in self.bound:
            return []
        for statement in self.source.tree.body:
            if (
                new.name
                and isinstance(statement, ast.ImportFrom)
                and (statement.module, statement.level) == (new.module, 0)
                and statement.names[0].name != "*"
            ):
                return self._extended(statement, new)
        offset, blank = self._after(new.module)
        return [Edit(offset, offset, f"{new.statement}\n" + "\n" * blank)]

    def _extended(self, statement: ast.ImportFrom, new: Import) -> list[Edit]:
        """Add a name to a statement, in its order if it is sorted."""
        source = self.source
        names = [source.segment(alias) for alias in statement.names]
        added = f"{new.name} as {new.alias}" if new.alias else new.name
        later = [index for index, each in enumerate(names) if _order(each) > _order(added)]
        at = later[0] if later and names == sorted(names, key=_order) else len(names)
        start, end = source.span(statement)
        if source.text[end - 1] == ")":
            opening = source.text.index("(", start)
            return Items(source, opening, end).insert(at, Code(added))
        together = [*names[:at], added, *names[at:]]
        text = f"from {statement.module} import {', '.join(together)}"
        if len(text) > source.width:
            inside = "".join(f"\n    {name}," for name in together)
            text = f"from {statement.module} import ({inside}\n)"
        return [Edit(start, end, text)]

    def _after(self, module: str) -> tuple[int, bool]:
        body = self.source.tree.body
        package = module.partition(".")[0]
        imports = [each for each in body if isinstance(each, ast.Import | ast.ImportFrom)]
        near = [each for each in imports if _module_of(each).partition(".")[0] == package]
        docstring = [each for each in body[:1] if is_docstring(each)]
        last = (near or imports or docstring)[-1:]
        if not last:
            return 0, True
        return self.source.next_line(self.source.span(last[0])[1]), False


def _usable(known: dict[str, str]) -> set[str]:
    """Return the local names that are SQLAlchemy's own."""
    return {
        name
        for full_name, name in known.items()
        if full_name.rpartition(".")[0] in {CORE, DIALECT} and full_name.rpartition(".")[2] == name
    }


def _order(name: str) -> tuple[int, str]:
    """Return the key by which isort sorts: constants, classes, functions."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)


def _module_of(statement: ast.Import | ast.ImportFrom) -> str:
    if isinstance(statement, ast.ImportFrom):
        return "." * statement.level + (statement.module or "")
    return statement.names[0].name


def _imported(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield local names with full names; `import a.b` binds `a`."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            yield (
                alias.asname or alias.name.partition(".")[0],
                (alias.name if alias.asname else alias.name.partition(".")[0]),
            )
    elif isinstance(statement, ast.ImportFrom):
        module = "." * statement.level + (statement.module or "")
        for alias in statement.names:
            yield alias.asname or alias.name, _canonical(module, alias.name)


def _canonical(module: str, name: str) -> str:
    """Return the full name by which generated code knows a function of SQLAlchemy."""
    for known in ("sqlalchemy.types", "sqlalchemy.schema", "sqlalchemy.sql"):
        if module == known and name != "conv":
            return f"{CORE}.{name}"
    return f"{module}.{name}"


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds at the top level, imports excepted."""
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield statement.name
        return
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def is_docstring(statement: ast.stmt) -> bool:
    """Return whether a statement is only a string."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
