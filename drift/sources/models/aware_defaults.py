"""Defaults with a time zone, of columns that have none; read from the code, which is not run."""

from __future__ import annotations

import ast
import builtins
import datetime
import functools
import inspect
import linecache
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import BuiltinMethodType, CodeType, FunctionType, ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from drift.kinds.advice.naive_timestamps import is_aware
from drift.kinds.metadata.declaration import Declaration, truncate

_UNKNOWN = object()
"""The value of a name or an expression that only running the code would show."""


def aware_defaults(
    tables: Iterable[Any], declaration: Declaration
) -> Iterator[tuple[tuple[str, str, str], str]]:
    """Yield the schema, table and name of columns with such a default, and its code."""
    for table in tables:
        for column in table.columns:
            if not _sends_as_it_is(column.type):
                continue
            for default in (column.default, column.onupdate):
                if default is not None and (code := _aware(default, declaration)):
                    owner = declaration.schema_and_table(table)
                    yield (owner["schema"], owner["table"], truncate(str(column.name))), code
                    break


def _sends_as_it_is(type_: Any) -> bool:
    """Return whether a type is SQLAlchemy's own, naive, and sends a value unchanged."""
    own = type(type_).__module__.startswith("sqlalchemy.")
    return own and type_.__visit_name__.lower() in {"datetime", "timestamp"} and not type_.timezone


def _aware(default: Any, declaration: Declaration) -> str:
    """Return the code of a default that is the present time with a time zone; "" for others."""
    if getattr(default, "is_clause_element", False):
        with suppress(Exception):  # not part of the schema: it need not compile as DDL
            text = declaration.sql(default.arg)
            return text if is_aware(text) else ""
        return ""
    if not getattr(default, "is_callable", False):
        return ""
    return _of_callable(_original(default.arg))


def _original(function: Any) -> Any:
    """Return the models' own function: SQLAlchemy wraps one that takes no context."""
    wrapped = inspect.getattr_static(function, "__wrapped__", None)
    if wrapped is not None:
        return wrapped
    own = getattr(function, "__module__", "") == "sqlalchemy.sql.schema"
    if isinstance(function, FunctionType) and (own or function.__closure__):
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
        partials = [each for each in cells if isinstance(each, functools.partial)]
        if len(partials) == 1:
            return partials[0]
    return function


def _of_callable(function: Any) -> str:
    if isinstance(function, functools.partial):
        zones = [*function.args, *function.keywords.values()]
        aware = _is_now(function.func) and any(isinstance(z, datetime.tzinfo) for z in zones)
        return "datetime.now(…)" if aware else ""
    if not isinstance(function, FunctionType):
        return ""
    expression = _returned(function.__code__)
    if expression is None or not _is_aware_now(expression, function):
        return ""
    return ast.unparse(expression)


def _returned(code: CodeType) -> ast.expr | None:
    """Return the expression that a lambda, or a function of one statement, returns."""
    with suppress(OSError, SyntaxError, ValueError, TypeError):
        if code.co_name == "<lambda>":
            return _of_lambda(code)
        tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
        match tree.body:
            case [ast.FunctionDef(body=[*documentation, ast.Return(value=value)])]:
                return value if all(map(_is_text, documentation)) else None
    return None


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _of_lambda(code: CodeType) -> ast.expr | None:
    """Return the body of a lambda: its instructions know the lines and columns of their code."""
    starts, ends = [], []
    for line, end_line, start, end in code.co_positions():
        if line and end_line and start is not None and end:
            starts.append((line, start))
            ends.append((end_line, end))
    (first, begin), (last, end) = min(starts), max(ends)
    taken = [line.encode() for line in linecache.getlines(code.co_filename)[first - 1 : last]]
    taken[-1] = taken[-1][:end]
    taken[0] = taken[0][begin:]
    return ast.parse(f"({b''.join(taken).decode()})", mode="eval").body


def _is_aware_now(expression: ast.expr, function: FunctionType) -> bool:
    """Return whether an expression is `datetime.now(zone)` or `datetime.now().astimezone()`."""
    match expression:
        case ast.Call(func=ast.Attribute(value=inner, attr="astimezone")):
            return _is_now_call(inner, function)
        case ast.Call(args=args, keywords=keywords):
            zones = [*args, *(keyword.value for keyword in keywords)]
            return _is_now_call(expression, function) and any(
                isinstance(_value(zone, function), datetime.tzinfo) for zone in zones
            )
    return False


def _is_now_call(expression: ast.expr, function: FunctionType) -> bool:
    return isinstance(expression, ast.Call) and _is_now(_value(expression.func, function))


def _is_now(function: object) -> bool:
    return isinstance(function, BuiltinMethodType) and function == datetime.datetime.now


def _enclosing(function: FunctionType) -> dict[str, Any]:
    """Return the variables of the functions around a function that it uses."""
    with suppress(ValueError):  # a cell that is still empty
        cells = (cell.cell_contents for cell in function.__closure__ or ())
        return dict(zip(function.__code__.co_freevars, cells, strict=True))
    return {}


def _value(expression: ast.expr, function: FunctionType) -> Any:
    """Return the value of names and attributes, read without running code of the models."""
    match expression:
        case ast.Name(id=name):
            for scope in (_enclosing(function), function.__globals__, vars(builtins)):
                if name in scope:
                    return scope[name]
        case ast.Attribute(value=owner, attr=name):
            holder = _value(owner, function)
            if isinstance(holder, ModuleType):
                return vars(holder).get(name, _UNKNOWN)
            if holder is datetime.datetime or holder is datetime.timezone:
                return getattr(holder, name, _UNKNOWN)
        case ast.Call(func=called, args=[ast.Constant(value=str())]):
            if _value(called, function) is ZoneInfo:
                return datetime.UTC  # any zone will do
    return _UNKNOWN
