"""Objects that hold metadata: bases, a `db` of Flask-SQLAlchemy, applications, callables."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from drift.errors import ModelsError
from drift.process.child import stage
from drift.sources.models.own_code import is_own, own_names, top_level

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


def metadata_of(holder: Any, spec: str, apps: list[Any]) -> list[MetaData]:
    """Return the metadata of the object that `spec` names.

    Flask applications are added to `apps`: their context is needed to read the models. The tables
    of a `db` of Flask-SQLAlchemy are the same whether the `db` or its application is named.
    """
    from sqlalchemy import MetaData

    if isinstance(holder, MetaData):
        return [holder]
    if "flask" in _packages(holder) and isinstance(getattr(holder, "extensions", None), dict):
        apps.append(holder)
        return metadata_of(_flask_db(holder, spec), spec, apps)
    by_bind = getattr(holder, "metadatas", None)  # Flask-SQLAlchemy 3
    if isinstance(by_bind, dict) and by_bind:
        return [metadata for metadata in by_bind.values() if isinstance(metadata, MetaData)]
    if isinstance(getattr(holder, "metadata", None), MetaData):
        return [holder.metadata]
    if isinstance(holder, list | tuple | set | frozenset):
        return [metadata for item in holder for metadata in metadata_of(item, spec, apps)]
    is_framework = bool(_FRAMEWORKS & _packages(holder))  # such applications are callable, too
    if callable(holder) and not inspect.isclass(holder) and not is_framework:
        _require_no_arguments(holder, spec)
        stage(f"calling {spec}")
        return metadata_of(holder(), spec, apps)
    noun = type(holder).__name__
    if is_framework:
        reason = f"the {noun} application holds no metadata; name the base of its models"
    else:
        reason = f"{noun} holds no metadata; {_NAME}"
    raise ModelsError(f"models {spec}: {reason}{_did_you_mean(spec)}")


def _packages(holder: Any) -> set[str]:
    """Return the top-level packages of the classes that an object is an instance of."""
    return {top_level(cls.__module__) for cls in type(holder).__mro__}


def _flask_db(app: Any, spec: str) -> Any:
    """Return the `db` of a Flask application."""
    extension = app.extensions.get("sqlalchemy")
    if extension is None:
        raise ModelsError(
            f"models {spec}: the Flask application has no Flask-SQLAlchemy; name the base of "
            f"its models{_did_you_mean(spec) or ', such as app.models:Base'}"
        )
    return getattr(extension, "db", extension)  # version 2 stores a state that has the db


def _require_no_arguments(function: Callable[..., Any], spec: str) -> None:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return
    required = [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if required:
        raise ModelsError(
            f"models {spec}: the function needs {', '.join(required)}; name one that needs no "
            "arguments, such as one that calls it"
        )


def _did_you_mean(spec: str) -> str:
    holders = with_tables(spec)
    return f"; did you mean {holders[0].spec}?" if holders else ""


def with_tables(*specs: str) -> list[Holder]:
    """Return the holders with tables in the user's modules, those that declare most first.

    Each metadata is returned once, under the best of its names; without running code of the models.
    """
    best: dict[int, Holder] = {}
    for holder in sorted(_holders(set(map(top_level, specs))), key=_rank):
        best.setdefault(id(holder.metadata), holder)
    holders = [holder for holder in best.values() if holder.metadata.tables]
    return sorted(holders, key=lambda holder: (-len(holder.metadata.tables), holder.spec))


def holders_of(metadata: MetaData) -> list[Holder]:
    """Return the holders of a metadata in all imported modules, the user's own and best first."""
    libraries = {top_level(name) for name in sys.modules} - {"alembic", "drift", "sqlalchemy"}
    own = {holder.spec for holder in _holders(())}
    holders = [holder for holder in _holders(libraries) if holder.metadata is metadata]
    return sorted(holders, key=lambda holder: (holder.spec not in own, *_rank(holder)))


def _holders(packages: Collection[str]) -> Iterator[Holder]:
    for module_name, module in list(sys.modules.items()):
        names = own_names(module)
        file = names.get("__file__")
        if module_name == "__main__" or not isinstance(file, str) or not is_own(file, packages):
            continue
        for name, value in list(names.items()):
            if (metadata := _own_metadata(value)) is not None:
                home = own_names(value).get("__module__") == module_name
                yield Holder(f"{module_name}:{name}", metadata, home)


def _own_metadata(value: Any) -> Any:
    """Return the metadata that an object holds itself, and does not inherit."""
    from sqlalchemy import MetaData

    metadata: Any = value
    if issubclass(type(value), type):
        metadata = own_names(value).get("metadata")
    elif "flask_sqlalchemy" in _packages(value):
        own = object.__getattribute__(value, "__dict__")
        metadata = own.get("metadatas", {}).get(None, getattr(own.get("Model"), "metadata", None))
    return metadata if issubclass(type(metadata), MetaData) else None


def _rank(holder: Holder) -> tuple[bool, bool, int, str]:
    """Prefer a base over its metadata, the module that makes it, and the shortest name."""
    is_plain = holder.spec.partition(":")[2] in {"metadata", "metadata_obj"}
    return is_plain, not holder.home, len(holder.spec), holder.spec
