"""Remembers the line that made each table and each column, while the models are imported.

SQLAlchemy does not keep that line, and source text alone is not enough: tables are made in loops,
by helpers and by metaclasses. The call stack at the moment of the call shows it.
"""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType, FunctionType
from typing import Any, TypeAlias

from drift.kinds.metadata.sqlalchemy_adapter import COPY_METHOD
from drift.sources.models.own_code import is_own

Method: TypeAlias = Callable[..., Any]
Line: TypeAlias = tuple[str, int]
"""A file and a line; a plain tuple, so that a pickle of the models can be read without drift."""

_ATTRIBUTE = "_drift_line"
"""An attribute of the table or column itself: it is freed with it, and needs no table of ids."""

_lock = threading.Lock()
"""Held for a moment only, and not an RLock: eventlet replaces those while the models are imported,
and one that is held could not be released any more."""

_callers: list[_Caller] = []
"""One per block that records at the moment: the first wraps the methods, the last restores them."""

_wrapped: dict[tuple[type, str], tuple[Method, Method]] = {}
"""The original and the wrapper of each method that is wrapped."""


def recorded(item: object) -> Line | None:
    """Return the line that made a table or a column, None if it was not recorded."""
    line: Line | None = vars(item).get(_ATTRIBUTE)
    return line


@contextmanager
def recording(packages: Collection[str] = ()) -> Iterator[None]:
    """Record the line of every table and column that the block makes.

    `packages` are the top-level packages of the models: their functions are the user's own code
    even if they are installed. SQLAlchemy's methods are wrapped for the time of the block only.
    """
    caller = _Caller(packages)
    with _lock:
        if not _callers:
            _wrap()
        _callers.append(caller)
    try:
        yield
    finally:
        with _lock:
            _callers.remove(caller)
            if not _callers:
                _restore()


def _wrap() -> None:
    from sqlalchemy import Column, Table

    def remember(method: Method) -> Method:
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            # Table(…, extend_existing=True) calls __init__ again; the first line declares it.
            if _ATTRIBUTE not in self.__dict__ and (callers := _callers[-1:]):
                self.__dict__[_ATTRIBUTE] = callers[0].line(self)
            return method(self, *args, **kwargs)

        return _in_place_of(method, wrapper)

    def pass_on(method: Method) -> Method:
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            # A column of a mixin is copied into each table: the line of the mixin declares it.
            copied = method(self, *args, **kwargs)
            copied.__dict__[_ATTRIBUTE] = recorded(self)
            return copied

        return _in_place_of(method, wrapper)

    for owner, name, wrap in (
        (Table, "__init__", remember),
        (Column, "__init__", remember),
        (Column, COPY_METHOD, pass_on),
    ):
        original = vars(owner)[name]
        _wrapped[owner, name] = original, wrap(original)
        setattr(owner, name, _wrapped[owner, name][1])


def _restore() -> None:
    for (owner, name), (original, wrapper) in _wrapped.items():
        if vars(owner)[name] is wrapper:  # not if the models wrapped it in their turn
            setattr(owner, name, original)
    _wrapped.clear()


def _in_place_of(method: Method, wrapper: Any) -> Method:
    """Return the wrapper with the method's name, signature and module.

    SQLAlchemy's warnings name the first frame whose module is not SQLAlchemy: that must stay the
    line of the models, and not become one of this file.
    """
    names = {**globals(), "__name__": method.__module__}
    function = FunctionType(wrapper.__code__, names, closure=wrapper.__closure__)
    return functools.wraps(method)(function)


def _constructs(frame: FrameType, item: object) -> bool:
    """Return whether a function's frame is that of a method of the item itself."""
    code = frame.f_code
    return code.co_argcount > 0 and frame.f_locals.get(code.co_varnames[0]) is item


class _Caller:
    """Finds the line of the models that called SQLAlchemy."""

    def __init__(self, packages: Collection[str]) -> None:
        self._packages = packages
        self._own_files: dict[str, bool] = {}
        self._lines: dict[int, tuple[CodeType, list[int], list[int]]] = {}

    def line(self, item: object) -> Line | None:
        """Return the line of the nearest frame that is the user's, or a module or class body.

        A library's function, such as SQLModel's metaclass, makes columns on behalf of its caller;
        the body of a library's module or class declares them itself. The constructor of a subclass,
        or one that the models put in place of SQLAlchemy's, has a caller that declares, too.
        """
        frame = sys._getframe(1)  # the wrapper's
        while frame := frame.f_back:  # type: ignore[assignment]
            code, file = frame.f_code, frame.f_code.co_filename
            is_body = not code.co_flags & inspect.CO_OPTIMIZED and not file.startswith("<")
            if is_body or (self._is_own(file) and not _constructs(frame, item)):
                return file, self._line(code, frame.f_lasti)
        return None

    def _is_own(self, file: str) -> bool:
        if file not in self._own_files:
            self._own_files[file] = is_own(file, self._packages)
        return self._own_files[file]

    def _line(self, code: CodeType, instruction: int) -> int:
        """Return the line of an instruction.

        `frame.f_lineno` decodes the line table from its start for each call, which made a module
        of 1,000 tables nine times slower to import; here each code object is decoded once.
        """
        if id(code) not in self._lines:
            lines = [(start, line) for start, _, line in code.co_lines() if line]
            starts, numbers = [start for start, _ in lines], [line for _, line in lines]
            self._lines[id(code)] = code, starts, numbers  # the code, so that its id stays taken
        _, starts, numbers = self._lines[id(code)]
        return numbers[max(bisect_right(starts, instruction) - 1, 0)] if numbers else 0
