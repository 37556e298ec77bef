"""Imports the user's models, and says where it went wrong when that fails."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

from drift.config.problems import is_dotted, models_meant
from drift.errors import DriftError, ModelsError
from drift.process.child import stage
from drift.process.signals import Stopped
from drift.sources.models import import_path
from drift.sources.models.raised import raised
from drift.sources.models.source_file import own_names

_OLD = re.compile(r"0\.|1\.[0-3](?!\d)")
"""Versions of SQLAlchemy that are not supported."""


def resolve(spec: str, path: Sequence[str] = ()) -> Any:
    """Return the object that `package.module:attribute.name` names; raise ModelsError if none."""
    module_name, _, attributes = spec.partition(":")
    dotted = is_dotted(module_name) and is_dotted(attributes)
    if not dotted or module_name.endswith(".py"):
        raise ModelsError(f"{spec!r} does not name models; {models_meant(spec)}")
    found: Any = import_module(module_name, path)
    for name in attributes.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise ModelsError(_no_attribute(spec, found, name)) from None
        except Stopped:
            raise
        except BaseException as error:  # a property, or a module's __getattr__
            raise raised(f"models {spec}", error, [spec]) from error
    return found


@contextmanager
def running(what: str, names: Iterable[str] = ()) -> Iterator[None]:
    """Turn whatever code of the models raises into a ModelsError; only a signal ends the run."""
    stage(what)
    try:
        yield
    except (DriftError, Stopped):
        raise
    except BaseException as error:
        raise raised(what, error, names) from error


def is_theirs(error: BaseException) -> bool:
    """Tell what code of the models raised, or SQLAlchemy for them, from a bug of drift."""
    known = {"drift", "sqlalchemy", *sys.stdlib_module_names}
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    theirs = any(str(f.f_globals.get("__name__")).partition(".")[0] not in known for f in frames)
    return theirs or type(error).__module__.startswith("sqlalchemy.")


def _no_attribute(spec: str, holder: Any, name: str) -> str:
    where = getattr(holder, "__name__", type(holder).__name__)
    return f"models {spec}: {where} has no attribute {name!r}{_meant(holder, name)}"


def _meant(holder: Any, name: str) -> str:
    inner = f"{getattr(holder, '__name__', '')}.{name}"
    with suppress(ImportError, ValueError):
        if isinstance(holder, ModuleType) and importlib.util.find_spec(inner):
            return f"; {inner} is a module: name what is in it, such as {inner}:Base"
    close = difflib.get_close_matches(name, dir(holder), n=1)
    inside = getattr(holder, "__dict__", {})
    likely = close or [key for key, value in inside.items() if type(value).__name__ == "MetaData"]
    likely = likely or [key for key, value in inside.items() if "metadata" in own_names(value)]
    return f"; did you mean {likely[0]!r}?" if likely else ""


def import_all(names: Iterable[str], path: Sequence[str] = ()) -> None:
    """Import modules, and packages with everything below them."""

    def fail(name: str) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            raise _import_error(name, error, path) from error

    for name in names:
        module = import_module(name, path)
        for folder in getattr(module, "__path__", ()):
            for found in pkgutil.walk_packages([folder], f"{name}.", onerror=fail):
                if not found.name.endswith(".__main__"):
                    import_module(found.name, path)


def import_sqlalchemy() -> None:
    """Import SQLAlchemy, before the models could patch what it is made of.

    Raises ModelsError for a version whose metadata cannot be read.
    """
    try:
        version = importlib.import_module("sqlalchemy").__version__
    except ModuleNotFoundError:
        raise ModelsError(
            f"SQLAlchemy is not installed in {sys.prefix}: install drift into the project's own "
            "environment"
        ) from None
    if _OLD.match(version):
        raise ModelsError(
            f"SQLAlchemy {version} is too old: drift supports 1.4 to 2.1; upgrade it to 1.4, which "
            "still has the interface of 1.3"
        )
    for name in ("sqlalchemy.orm", "sqlalchemy.dialects.postgresql"):
        importlib.import_module(name)


def import_module(name: str, path: Sequence[str] = ()) -> ModuleType:
    """Import one module with the folders of the project on the path."""
    stage(f"importing {name}")
    try:
        import_path.extend(path)
        return importlib.import_module(name)
    except Stopped:
        raise
    except BaseException as error:
        raise _import_error(name, error, path) from error


def _import_error(name: str, error: BaseException, path: Sequence[str]) -> ModelsError:
    if (
        isinstance(error, ModuleNotFoundError)
        and error.name
        and f"{name}.".startswith(f"{error.name}.")
    ):
        looked = ", ".join(import_path.folders(path))
        hint = "" if "." in error.name else import_path.hint(error.name, path)
        return ModelsError(
            f"cannot import {name}: there is no module {error.name!r} (looked in {looked} and the "
            f"installed packages){hint}"
        )
    return raised(f"cannot import {name}", error, [name])
