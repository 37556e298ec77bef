"""Finds revisions that create the models' tables, always as the models declare them now.

Metadata of a revision's own, such as that of a base class in its file, is like `op.create_table`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary


def watch(revisions: list[str]) -> None:
    """Keep the revisions that create tables of metadata that was made outside of them.

    They call `MetaData.create_all` or `Table.create`; the operations of Alembic call neither.
    """
    from sqlalchemy import MetaData, Table

    makers: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
    initialize, create_all, create = MetaData.__init__, MetaData.create_all, Table.create

    def __init__(self: Any, *arguments: Any, **options: Any) -> None:  # noqa: N807
        makers[self] = _maker()
        initialize(self, *arguments, **options)

    def note(metadata: Any) -> None:
        script = next(filter(_is_script, _frames()), None)
        if script is not None and makers.get(metadata) != script.f_code.co_filename:
            revisions.append(script.f_globals["revision"])

    def watched_create_all(self: Any, *arguments: Any, **options: Any) -> Any:
        note(self)
        return create_all(self, *arguments, **options)

    def watched_create(self: Any, *arguments: Any, **options: Any) -> Any:
        note(self.metadata)
        return create(self, *arguments, **options)

    MetaData.__init__ = __init__  # type: ignore[method-assign]
    MetaData.create_all = watched_create_all  # type: ignore[method-assign]
    Table.create = watched_create  # type: ignore[method-assign]


def _maker() -> str:
    """Return the file that makes metadata: SQLAlchemy makes that of base classes itself."""
    for frame in _frames():
        if frame.f_globals.get("__name__", "").partition(".")[0] != "sqlalchemy":
            return frame.f_code.co_filename
    return ""


def _is_script(frame: FrameType) -> bool:
    names = frame.f_globals
    return "down_revision" in names and isinstance(names.get("revision"), str)


def _frames() -> Iterator[FrameType]:
    """Yield the frames outside of this file, the innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename != __file__:
            yield frame
        frame = frame.f_back
