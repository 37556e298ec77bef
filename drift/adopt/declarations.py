"""Finds the declaration of a table: its class or call of Table, and its columns."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from drift.adopt.items import called, keyword_of, literal_text
from drift.adopt.source import Source
from drift.adopt.subject import NotAdoptedError

COLUMN_CALLS = frozenset({"Column", "mapped_column"})
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.comprehension)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Key(NamedTuple):
    """Identifies a declaration in a text that changes: its kind, its name, and its number."""

    kind: str
    name: str
    number: int


class ColumnNode(NamedTuple):
    """A column: its name, the name of the attribute, the statement, the call, the annotation."""

    name: str
    attribute: str
    statement: ast.stmt | None
    call: ast.Call | None
    annotation: ast.expr | None = None


class Declaration:
    """A table in a text; `node` is a class or a call of Table."""

    def __init__(self, source: Source, node: ast.ClassDef | ast.Call) -> None:
        """Take the text and the node in it."""
        self.source = source
        self.node = node

    @property
    def is_class(self) -> bool:
        """Whether it is a declarative class."""
        return isinstance(self.node, ast.ClassDef)

    @property
    def columns(self) -> dict[str, ColumnNode]:
        """The columns that stand in the declaration itself, by the names of the database."""
        made = self._of_class() if self.is_class else self._of_table()
        return {column.name: column for column in made}

    def column(self, name: str) -> ColumnNode:
        """Return a column. Raises NotAdoptedError if it is not in the declaration itself."""
        column = self.columns.get(name)
        if column is None:
            raise NotAdoptedError(
                "the column is not declared in the table itself; a mixin, a helper or a loop makes "
                "it, and other tables can share it"
            )
        return column

    @property
    def body(self) -> list[ast.stmt]:
        """The statements of the class."""
        return self.node.body if isinstance(self.node, ast.ClassDef) else []

    @property
    def own_names(self) -> set[str]:
        """The names that the class binds: they hide those of the module within its body."""
        return {name for statement in self.body for name in targets(statement)}

    def _of_class(self) -> Iterator[ColumnNode]:
        for statement in self.body:
            names = targets(statement)
            if len(names) != 1:
                continue
            value = getattr(statement, "value", None)
            annotation = getattr(statement, "annotation", None)
            call = column_call(value)
            bare = value is None and called_annotation(annotation) == "Mapped"
            if call is not None or (bare and not _is_relationship(annotation)):
                name = _name(call) if call else None
                yield ColumnNode(name or names[0], names[0], statement, call, annotation)

    def _of_table(self) -> Iterator[ColumnNode]:
        for node in self.node.args if isinstance(self.node, ast.Call) else []:
            call = column_call(node)
            if call is not None and (name := _name(call)):
                yield ColumnNode(name, name, None, call)

    @property
    def table_args(self) -> ast.expr | None:
        """The value of `__table_args__`; raises NotAdoptedError if it is made in another way."""
        for statement in self.body:
            if "__table_args__" in targets(statement):
                value = getattr(statement, "value", None)
                if not isinstance(value, ast.Tuple | ast.Dict):
                    raise NotAdoptedError("`__table_args__` is neither a tuple nor a dict")
                return value
        return None

    @property
    def arguments(self) -> list[ast.expr]:
        """The constraints, indexes and columns that the table gets as arguments."""
        if isinstance(self.node, ast.Call):
            return list(self.node.args[2:])
        value = self.table_args
        return list(value.elts) if isinstance(value, ast.Tuple) else []

    @property
    def options(self) -> ast.Dict | None:
        """The dict of `__table_args__`."""
        value = self.table_args
        last = value.elts[-1:] if isinstance(value, ast.Tuple) else [value]
        return last[0] if last and isinstance(last[0], ast.Dict) else None


def locate(source: Source, line: int, table: str) -> Key:
    """Return the declaration of a table around a line. Raises NotAdoptedError."""
    around = [
        (node, parents)
        for node, parents in _nodes(source.tree)
        if node.lineno <= line <= (node.end_lineno or node.lineno) or _decorated(node, line)
    ]
    for node, parents in reversed(around):
        if isinstance(node, ast.Call) and literal_text(_first(node)) not in {None, table}:
            continue
        _require_single(node, parents)
        _require_table(node, table)
        return _key(source, node)
    raise NotAdoptedError("no class and no Table() with a name in quotes stands there")


def declaration(source: Source, key: Key) -> Declaration:
    """Return the declaration that a key identifies in a text. Raises NotAdoptedError."""
    nodes = [node for node, _ in _nodes(source.tree) if (_kind(node), _title(node)) == key[:2]]
    if key.number >= len(nodes):
        raise NotAdoptedError("the declaration is no longer there")
    return Declaration(source, nodes[key.number])


def column_call(value: ast.AST | None) -> ast.Call | None:
    """Return the call of Column or mapped_column, as it is or within `deferred(…)`."""
    if called(value) in COLUMN_CALLS:
        return value if isinstance(value, ast.Call) else None
    if called(value) in {"deferred", "column_property"} and isinstance(value, ast.Call):
        inner = [each for each in value.args if called(each) in COLUMN_CALLS]
        return inner[0] if len(inner) == 1 and isinstance(inner[0], ast.Call) else None
    return None


def called_annotation(annotation: ast.AST | None) -> str:
    """Return `Mapped` for `Mapped[int]` and `orm.Mapped[int]`."""
    value = annotation.value if isinstance(annotation, ast.Subscript) else None
    if isinstance(value, ast.Attribute):
        return value.attr
    return value.id if isinstance(value, ast.Name) else ""


def _is_relationship(annotation: ast.AST | None) -> bool:
    """Return whether an annotation without a value is for several objects: no column has it."""
    inner = annotation.slice if isinstance(annotation, ast.Subscript) else None
    return called_annotation(inner) in {"list", "List", "set", "Set"}


def _nodes(tree: ast.Module) -> Iterator[tuple[ast.ClassDef | ast.Call, tuple[ast.AST, ...]]]:
    """Yield each class and each call of Table, with the nodes around it."""
    stack: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while stack:
        node, parents = stack.pop()
        if isinstance(node, ast.ClassDef) or (
            isinstance(node, ast.Call) and called(node) == "Table"
        ):
            yield node, parents
        inside = list(ast.iter_child_nodes(node))
        stack.extend((child, (*parents, node)) for child in reversed(inside))


def _decorated(node: ast.ClassDef | ast.Call, line: int) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return bool(decorators) and decorators[0].lineno <= line <= node.lineno


def _require_single(node: ast.AST, parents: tuple[ast.AST, ...]) -> None:
    """Raise NotAdoptedError for a node that runs more than once, or that a function makes."""
    around = [each for each in parents if not isinstance(each, ast.ClassDef)]
    loops = [e for e in around if isinstance(e, _LOOPS) or getattr(e, "generators", None)]
    if loops:
        raise NotAdoptedError("a loop makes the table, and other tables with it")
    if any(isinstance(each, _FUNCTIONS) for each in around):
        raise NotAdoptedError("a function makes the table, and it can make other tables, too")
    if isinstance(node, ast.Call) and any(
        keyword_of(node, name) for name in ("autoload_with", "autoload")
    ):
        raise NotAdoptedError("the table is read from the database itself (autoload_with)")


def _require_table(node: ast.ClassDef | ast.Call, table: str) -> None:
    """Raise NotAdoptedError for a class that other tables may share."""
    if isinstance(node, ast.Call):
        if literal_text(_first(node)) is None:
            raise NotAdoptedError("the name of the table is not written in quotes")
        return
    if any(each.arg == "table" for each in node.keywords):
        raise NotAdoptedError("drift does not write code for SQLModel")
    names = {
        literal_text(getattr(statement, "value", None))
        for statement in node.body
        if "__tablename__" in targets(statement)
    }
    if names == {table} or (not names and _is_like(node.name, table)):
        return
    raise NotAdoptedError(
        f"the class {node.name} does not name the table; a change there can change other tables"
    )


def _is_like(name: str, table: str) -> bool:
    """Return whether a table's name can be made from that of a class."""
    plain = name.lower()
    endings = {plain, f"{plain}s", f"{plain}es", plain.removesuffix("y") + "ies"}
    return table.replace("_", "").lower() in endings


def _key(source: Source, node: ast.ClassDef | ast.Call) -> Key:
    same = [
        each
        for each, _ in _nodes(source.tree)
        if (_kind(each), _title(each)) == (_kind(node), _title(node))
    ]
    number = next(i for i, each in enumerate(same) if each is node)
    return Key(_kind(node), _title(node), number)


def _kind(node: ast.AST) -> str:
    return "class" if isinstance(node, ast.ClassDef) else "table"


def _title(node: ast.ClassDef | ast.Call) -> str:
    return node.name if isinstance(node, ast.ClassDef) else literal_text(_first(node)) or ""


def _first(call: ast.Call) -> ast.expr | None:
    return call.args[0] if call.args else None


def _name(call: ast.Call) -> str | None:
    """Return the name that a column's call gives."""
    named = keyword_of(call, "name")
    return literal_text(named.value if named else _first(call))


def targets(statement: ast.stmt) -> list[str]:
    """Return the names that a statement of a class body binds."""
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [statement.name]
    bound = statement.targets if isinstance(statement, ast.Assign) else []
    if isinstance(statement, ast.AnnAssign):
        bound = [statement.target]
    return [target.id for target in bound if isinstance(target, ast.Name)]
