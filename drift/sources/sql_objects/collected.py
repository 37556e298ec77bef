"""Collects the objects that a project declares, from its modules, its metadata and its files."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from drift.config import Target
from drift.errors import DriftError, ModelsError
from drift.kinds.metadata.declaration import Declaration
from drift.kinds.sql_object import SqlObject
from drift.sources.interface import Expected, Note
from drift.sources.models.loader import Models
from drift.sources.models.own_code import top_level
from drift.sources.sql_objects import (
    alembic_utils,
    declarative_extensions,
    files,
    sqlalchemy_views,
)
from drift.sources.sql_objects.altered_policies import with_altered_policies
from drift.sources.sql_objects.default_privileges import with_default_privileges
from drift.sources.sql_objects.expected import WithObjects
from drift.sources.sql_objects.scratch_objects import ScratchObjects

if TYPE_CHECKING:
    from drift.scratch import Scratch


def with_objects(expected: Expected, target: Target, scratch: Scratch, note: Note) -> Expected:
    """Return an expected side with the objects of the project; itself if there are none.

    Raises ModelsError for an object that its library cannot write as SQL, and UsageError.
    """
    say: Note = lambda text: note(f"{target.name}: {text}")  # noqa: E731
    objects = [*_of_models(expected), *files.objects(target.sql, _folder(target), say)]
    declared = with_altered_policies(with_default_privileges(tuple(dict.fromkeys(objects))))
    known = ScratchObjects(declared, scratch)
    if not known.kinds:
        return expected
    if known.on_server:
        scratch.begin()
    return WithObjects(expected, known)


def _folder(target: Target) -> str:
    """Return the project's folder, at which paths of the configuration begin."""
    return target.path[-1] if target.path else ""


def _of_models(expected: Expected) -> list[SqlObject]:
    if not isinstance(expected, Models):
        return []
    metadatas, packages = expected.metadatas, set(map(top_level, expected.roots))
    declaration = Declaration(metadatas, "public")
    dialect = declaration.dialect
    return [
        *_read("SQLAlchemy", lambda: sqlalchemy_views.views(declaration, expected.tables)),
        *_read("alembic-utils", lambda: alembic_utils.entities(packages, dialect)),
        *_read(
            "sqlalchemy-declarative-extensions",
            lambda: declarative_extensions.objects(metadatas, dialect),
        ),
    ]


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
