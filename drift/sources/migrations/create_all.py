"""Finds revisions that create the models' tables: what they make is what the models are now.

Metadata of a revision's own, such as that of a base class in its file, is like `op.create_table`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary


def watch(revisions: list[str]) -> None:
    """Keep the revisions that call `create_all` of metadata that was made outside of them."""
    from sqlalchemy import MetaData

    makers: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
    initialize, original = MetaData.__init__, MetaData.create_all

    def __init__(self: Any, *arguments: Any, **options: Any) -> None:  # noqa: N807
        makers[self] = _maker()
        initialize(self, *arguments, **options)

    def create_all(self: Any, *arguments: Any, **options: Any) -> Any:
        script = next(filter(_is_script, _frames()), None)
        if script is not None and makers.get(self) != script.f_code.co_filename:
            revisions.append(script.f_globals["revision"])
        return original(self, *arguments, **options)

    MetaData.__init__ = __init__  # type: ignore[method-assign]
    MetaData.create_all = create_all  # type: ignore[method-assign]


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
