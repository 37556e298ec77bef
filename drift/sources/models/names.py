"""Names the models that an application passes, by the path of an import: `app.models:Base`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from drift.sources.models.own_code import is_own, own_names, top_level


def name_of(item: Any) -> str:
    """Return the name of a holder of models for reports: the variable that holds it, if any."""
    if isinstance(item, str):
        return item
    is_class = isinstance(item, type)
    if is_class and top_level(item.__module__) != "sqlalchemy":
        return f"{item.__module__}:{item.__qualname__}"
    # `declarative_base()` makes the class in SQLAlchemy; a MetaData knows no module
    for module in _candidates(item):
        for name, value in list(own_names(sys.modules.get(module)).items()):
            if value is item:
                return f"{module}:{name}"
            if own_names(value).get("metadata") is item and issubclass(type(value), type):
                return f"{module}:{name}.metadata"
    return item.__qualname__ if is_class else type(item).__name__


def _candidates(item: Any) -> Iterator[str]:
    """Yield the modules of the mapped classes, then every module of the user."""
    registry = getattr(item, "registry", None) if isinstance(item, type) else None
    mappers = getattr(registry, "mappers", ())
    yield from sorted({mapper.class_.__module__ for mapper in mappers})
    for name, module in list(sys.modules.items()):
        file = own_names(module).get("__file__")
        if name == "__main__" or not isinstance(file, str) or "site-packages" in file:
            continue
        if is_own(file, ()):
            yield name
