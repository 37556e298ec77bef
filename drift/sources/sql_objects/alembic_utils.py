"""Objects that are declared with alembic-utils, which is never imported here.

Those of `register_entities` are taken, and those that a module of the models holds: projects often
register them in env.py, which a check does not run.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from typing import Any

from drift.kinds.sql_object import SqlObject
from drift.sources.models.own_code import own_names, top_level
from drift.sources.sql_objects.header import sql_objects
from drift.sources.sql_objects.lines import Lines

_MODULE = "alembic_utils.replaceable_entity"


def entities(packages: Collection[str], dialect: Any) -> Iterator[SqlObject]:
    """Yield the objects, each once. `packages` are the top-level packages of the models."""
    module = sys.modules.get(_MODULE)
    base = getattr(module, "ReplaceableEntity", None)
    if base is None:
        return
    lines, seen = Lines(), set[str]()
    registered = module.registry.entities() if module is not None else ()
    declared = [*_of_modules(base, packages), *((entity, "", "") for entity in registered)]
    for entity, file, name in declared:
        if entity.identity not in seen:
            seen.add(entity.identity)
            statement = str(entity.to_sql_statement_create().compile(dialect=dialect))
            yield from sql_objects(statement.strip().rstrip(";"), lines.of(file, name))


def _of_modules(base: type, packages: Collection[str]) -> Iterator[tuple[Any, str, str]]:
    """Yield the entities that modules of the project hold, with the file and the variable."""
    for module_name, module in list(sys.modules.items()):
        if top_level(module_name) not in packages:
            continue
        file = str(own_names(module).get("__file__") or "")
        for name, value in list(own_names(module).items()):
            for entity in value if type(value) in {list, tuple, set} else (value,):
                if issubclass(type(entity), base):
                    yield entity, file, name
