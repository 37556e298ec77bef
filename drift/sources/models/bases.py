"""Objects that hold metadata: bases, a `db` of Flask-SQLAlchemy, applications, callables."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from drift.errors import ModelsError
from drift.process.child import stage
from drift.sources.models.raised import is_own
from drift.sources.models.source_file import own_names

if TYPE_CHECKING:
    from sqlalchemy import MetaData

_FRAMEWORKS = frozenset(
    "aiohttp bottle celery django falcon fastapi litestar pyramid quart sanic starlette".split()
)
_NAME = (
    "name a declarative base, a MetaData, a registry, a Flask-SQLAlchemy db, a Flask application "
    "or the function that makes it, a list of them, or a function returning one"
)


class Holder(msgspec.Struct, frozen=True):
    """A base or a MetaData of an imported module, as `module:name`; `home` if it is made there."""

    spec: str
    metadata: Any
    home: bool = False


def held(holder: Any, spec: str, apps: list[Any]) -> list[MetaData]:
    """Return the metadata of what `spec` names.

    Flask applications are added to `apps`: their context is needed to read the models. What a
    `db` of Flask-SQLAlchemy holds is decided here alone, for the `db` itself and for its app.
    """
    from sqlalchemy import MetaData

    if isinstance(holder, MetaData):
        return [holder]
    if _is_flask(holder):
        apps.append(holder)
        return held(_extension(holder, spec), spec, apps)
    several = getattr(holder, "metadatas", None)  # Flask-SQLAlchemy: one for each bind
    if isinstance(several, dict) and several:
        return [one for one in several.values() if isinstance(one, MetaData)]
    if isinstance(getattr(holder, "metadata", None), MetaData):
        return [holder.metadata]
    if isinstance(holder, list | tuple | set | frozenset):
        return [metadata for item in holder for metadata in held(item, spec, apps)]
    if _is_called(holder):
        _require_no_arguments(holder, spec)
        stage(f"calling {spec}")
        return held(holder(), spec, apps)
    raise ModelsError(f"models {spec}: {_nothing(holder)}{_hint(spec)}")


def _is_flask(holder: Any) -> bool:
    return "flask" in _roots(holder) and isinstance(getattr(holder, "extensions", None), dict)


def _roots(holder: Any) -> set[str]:
    """Return the top-level packages of the classes that an object is an instance of."""
    return {cls.__module__.partition(".")[0] for cls in type(holder).__mro__}


def _extension(app: Any, spec: str) -> Any:
    """Return the `db` of a Flask application."""
    extension = app.extensions.get("sqlalchemy")
    if extension is None:
        raise ModelsError(
            f"models {spec}: the Flask application has no Flask-SQLAlchemy; name what its models "
            f"are declared on{_hint(spec) or ', such as app.models:Base'}"
        )
    return getattr(extension, "db", extension)  # version 2 keeps a state that has the db


def _is_called(holder: Any) -> bool:
    return callable(holder) and not inspect.isclass(holder) and not _FRAMEWORKS & _roots(holder)


def _require_no_arguments(function: Callable[..., Any], spec: str) -> None:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return
    needed = [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if needed:
        raise ModelsError(
            f"models {spec}: the function needs {', '.join(needed)}; name one that needs no "
            "arguments, such as one that calls it"
        )


def _nothing(holder: Any) -> str:
    if _FRAMEWORKS & _roots(holder):
        noun = f"the {type(holder).__name__} application"
        return f"{noun} holds no metadata; name what its models are declared on"
    return f"{type(holder).__name__} holds no metadata; {_NAME}"


def _hint(spec: str) -> str:
    """Suggest what holds tables among the imported modules."""
    others = with_tables(spec)
    return f"; did you mean {others[0].spec}?" if others else ""


def with_tables(*specs: str) -> list[Holder]:
    """Return the holders with tables in the user's modules, those that declare most first."""
    roots = {spec.partition(":")[0].partition(".")[0] for spec in specs}
    some = [holder for holder in _holders(roots) if holder.metadata.tables]
    return sorted(some, key=lambda holder: (-len(holder.metadata.tables), holder.spec))


def _holders(roots: Collection[str]) -> list[Holder]:
    """Return each metadata once, under the best of its names; no code of the models is run."""
    best: dict[int, Holder] = {}
    for holder in sorted(_all(roots), key=_rank):
        best.setdefault(id(holder.metadata), holder)
    return list(best.values())


def _all(roots: Collection[str]) -> Iterator[Holder]:
    for module_name, module in list(sys.modules.items()):
        names = own_names(module)
        file = names.get("__file__")
        if module_name == "__main__" or not isinstance(file, str) or not is_own(file, roots):
            continue
        for name, value in list(names.items()):
            if (metadata := _metadata(value)) is not None:
                home = own_names(value).get("__module__") == module_name
                yield Holder(f"{module_name}:{name}", metadata, home)


def _metadata(value: Any) -> Any:
    """Return the metadata that an object holds itself, and does not inherit."""
    from sqlalchemy import MetaData

    held: Any = value
    if issubclass(type(value), type):
        held = own_names(value).get("metadata")
    elif "flask_sqlalchemy" in _roots(value):
        own = object.__getattribute__(value, "__dict__")
        held = own.get("metadatas", {}).get(None, getattr(own.get("Model"), "metadata", None))
    return held if issubclass(type(held), MetaData) else None


def _rank(holder: Holder) -> tuple[bool, bool, int, str]:
    """Prefer a base over its metadata, the module that makes it, and the shortest name."""
    name = holder.spec.partition(":")[2]
    plain = name in {"metadata", "metadata_obj"}
    return plain, not holder.home, len(holder.spec), holder.spec
