"""Objects that are declared with sqlalchemy-declarative-extensions, which is never imported here.

It keeps them in `MetaData.info`, in an order in which one can need another: functions come first.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from drift.kinds.sql_object import SqlObject
from drift.sources.sql_objects.header import sql_object, sql_objects

_DIALECT = "sqlalchemy_declarative_extensions.dialects.postgresql"


def objects(metadatas: Iterable[Any], dialect: Any) -> Iterator[SqlObject]:
    """Yield the objects of the metadata."""
    library = sys.modules.get(_DIALECT)
    if library is None:
        return
    for metadata in metadatas:
        info = metadata.info
        for function in info.get("functions") or ():
            own = library.Function.from_unknown_function(function).normalize()
            yield from map(sql_object, own.to_sql_create())
        for procedure in info.get("procedures") or ():
            own = library.Procedure.from_unknown_procedure(procedure).normalize()
            yield from map(sql_object, own.to_sql_create())
        for view in getattr(info.get("views"), "views", ()):
            own = library.View.coerce_from_unknown(view)
            own = dataclasses.replace(own, constraints=None)
            yield from map(sql_object, own.to_sql_create(dialect))
        for trigger in info.get("triggers") or ():
            yield sql_object(trigger.to_sql_create())
        yield from _grants(info.get("grants"), dialect)


def _grants(grants: Any, dialect: Any) -> Iterator[SqlObject]:
    """Yield privileges on tables and schemas, and default privileges."""
    at_least = bool(getattr(grants, "ignore_unspecified", False))
    for grant in grants or ():
        statement = str(grant.to_sql().compile(dialect=dialect)).strip().rstrip(";")
        for item in sql_objects(statement):
            if item.kind == "grant" or not hasattr(grant, "targets"):
                yield msgspec.structs.replace(item, at_least=at_least)
