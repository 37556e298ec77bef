"""Collects the objects that a project declares, from its modules, its metadata and its files.

Most projects declare none. The reader is imported for those that do: that takes 4 ms.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from drift.config import Target
from drift.errors import DriftError, ModelsError
from drift.kinds.metadata.declaration import Declaration
from drift.sources.interface import Expected, Note

if TYPE_CHECKING:
    from drift.kinds.sql_object import SqlObject
    from drift.scratch import Scratch
    from drift.sources.models.loader import Models


def with_objects(expected: Expected, target: Target, scratch: Scratch, note: Note) -> Expected:
    """Return an expected side with the objects of the project; itself if there are none.

    Raises ModelsError for an object that its library cannot write as SQL, and UsageError.
    """
    objects = [*_of_models(expected), *_of_files(target, note)]
    return _with(expected, tuple(dict.fromkeys(objects)), scratch) if objects else expected


def _with(expected: Expected, objects: Sequence[SqlObject], scratch: Scratch) -> Expected:
    from drift.sources.sql_objects.altered_policies import with_altered_policies
    from drift.sources.sql_objects.default_privileges import with_default_privileges
    from drift.sources.sql_objects.expected import WithObjects
    from drift.sources.sql_objects.scratch_objects import ScratchObjects

    known = ScratchObjects(with_altered_policies(with_default_privileges(objects)), scratch)
    if not known.kinds:
        return expected
    if known.on_server:
        scratch.begin()
    return WithObjects(expected, known)


def _of_files(target: Target, note: Note) -> Iterable[SqlObject]:
    if not target.sql:
        return ()
    from drift.sources.sql_objects import files

    return files.objects(target.sql, _folder(target), lambda text: note(f"{target.name}: {text}"))


def _folder(target: Target) -> str:
    """Return the project's folder, at which paths of the configuration begin."""
    return target.path[-1] if target.path else ""


def _of_models(expected: Expected) -> list[SqlObject]:
    if expected.source != "models":
        return []
    from drift.sources.models.loader import Models

    if not isinstance(expected, Models):
        return []
    return [
        *_read("SQLAlchemy", lambda: _views(expected)),
        *_read("alembic-utils", lambda: _alembic_utils(expected)),
        *_read("sqlalchemy-declarative-extensions", lambda: _declarative_extensions(expected)),
    ]


def _views(models: Models) -> Iterator[SqlObject]:
    """Yield the views of SQLAlchemy 2.1."""
    tables = (table for metadata in models.metadatas for table in metadata.tables.values())
    if any(getattr(table, "is_view", False) for table in tables):
        from drift.sources.sql_objects import sqlalchemy_views

        yield from sqlalchemy_views.views(_declaration(models), models.tables)


def _alembic_utils(models: Models) -> Iterator[SqlObject]:
    if "alembic_utils.replaceable_entity" in sys.modules:
        from drift.sources.models.own_code import top_level
        from drift.sources.sql_objects import alembic_utils

        packages = set(map(top_level, models.roots))
        yield from alembic_utils.entities(packages, _declaration(models).dialect)


def _declarative_extensions(models: Models) -> Iterator[SqlObject]:
    if "sqlalchemy_declarative_extensions" in sys.modules:
        from drift.sources.sql_objects import declarative_extensions

        dialect = _declaration(models).dialect
        yield from declarative_extensions.objects(models.metadatas, dialect)


def _declaration(models: Models) -> Declaration:
    return Declaration(models.metadatas, "public")


def _read(library: str, read: Callable[[], Iterable[Any]]) -> list[SqlObject]:
    """Return the objects of a library, which writes them as SQL."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(read())
    except DriftError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__} while {library} writes an object as SQL"
        raise ModelsError(f"cannot read the objects of {library}: {reason}") from error
