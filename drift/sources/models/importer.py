"""Imports the modules of the models, and explains the fix if that fails."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any

from drift.config.problems import is_dotted, models_meant
from drift.errors import ModelsError
from drift.lazy_regex import lazy_regex
from drift.process.child import stage
from drift.process.signals import Stopped
from drift.sources.models import import_path
from drift.sources.models.model_errors import models_error
from drift.sources.models.own_code import own_names
from drift.texts import nearest

_TOO_OLD = lazy_regex(r"0\.|1\.[0-3](?!\d)")
"""Versions of SQLAlchemy that are not supported."""


def import_sqlalchemy() -> None:
    """Import SQLAlchemy, before the models could patch the modules that it uses.

    Raises ModelsError for a version whose metadata cannot be read.
    """
    try:
        version = importlib.import_module("sqlalchemy").__version__
    except ModuleNotFoundError:
        raise ModelsError(
            f"SQLAlchemy is not installed in {sys.prefix}: install drift into the project's own "
            "environment"
        ) from None
    if _TOO_OLD.match(version):
        raise ModelsError(
            f"SQLAlchemy {version} is too old: drift supports 1.4 to 2.1; upgrade it to 1.4, which "
            "still has the interface of 1.3"
        )
    for name in ("sqlalchemy.orm", "sqlalchemy.dialects.postgresql"):
        importlib.import_module(name)


def import_all(names: Iterable[str], path: Sequence[str] = ()) -> None:
    """Import modules, and packages with everything below them."""

    def fail(name: str) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            raise _import_error(name, error, path) from error

    for name in names:
        import pkgutil  # only with --import

        module = import_module(name, path)
        for folder in getattr(module, "__path__", ()):
            for inner in pkgutil.walk_packages([folder], f"{name}.", onerror=fail):
                if not inner.name.endswith(".__main__"):
                    import_module(inner.name, path)


def import_module(name: str, path: Sequence[str] | None = ()) -> ModuleType:
    """Import one module with the folders of the project on the path; None: with Python's path."""
    stage(f"importing {name}")
    try:
        if path is not None:
            import_path.extend(path)
        return importlib.import_module(name)
    except Stopped:
        raise
    except BaseException as error:
        raise _import_error(name, error, path) from error


def _import_error(name: str, error: BaseException, path: Sequence[str] | None) -> ModelsError:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    # The module itself or a package above it; a module that it imports is another matter.
    if missing and f"{name}.".startswith(f"{missing}."):
        if path is None:
            return ModelsError(f"cannot import {name}: there is no module {missing!r} on sys.path")
        folders = ", ".join(import_path.folders(path))
        hint = "" if "." in missing else import_path.hint(missing, path)
        return ModelsError(
            f"cannot import {name}: there is no module {missing!r} (looked in {folders} and the "
            f"installed packages){hint}"
        )
    return models_error(f"cannot import {name}", error, [name])


def resolve(spec: str, path: Sequence[str] | None = ()) -> Any:
    """Return the object that `package.module:attribute.name` names; raise ModelsError if none."""
    module_name, _, attributes = spec.partition(":")
    dotted = is_dotted(module_name) and is_dotted(attributes)
    if not dotted or module_name.endswith(".py"):
        raise ModelsError(f"{spec!r} does not name models; {models_meant(spec)}")
    value: Any = import_module(module_name, path)
    for name in attributes.split("."):
        try:
            value = getattr(value, name)
        except AttributeError:
            holder = getattr(value, "__name__", type(value).__name__)
            raise ModelsError(
                f"models {spec}: {holder} has no attribute {name!r}{_suggestion(value, name)}"
            ) from None
        except Stopped:
            raise
        except BaseException as error:  # a property, or a module's __getattr__
            raise models_error(f"models {spec}", error, [spec]) from error
    return value


def _suggestion(holder: Any, name: str) -> str:
    submodule = f"{getattr(holder, '__name__', '')}.{name}"
    with suppress(ImportError, ValueError):
        if isinstance(holder, ModuleType) and importlib.util.find_spec(submodule):
            return f"; {submodule} is a module: name an object in it, such as {submodule}:Base"
    names = getattr(holder, "__dict__", {})
    close = nearest(name, dir(holder))
    likely = (
        [close] * bool(close)
        or [key for key, value in names.items() if type(value).__name__ == "MetaData"]
        or [key for key, value in names.items() if "metadata" in own_names(value)]
    )
    return f"; did you mean {likely[0]!r}?" if likely else ""
