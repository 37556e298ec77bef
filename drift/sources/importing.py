"""Imports the user's models, and says where it went wrong when that fails."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import pkgutil
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from drift.errors import DriftError, ModelsError
from drift.sources.raised import raised
from drift.stopping import Stopped
from drift.supervision import stage


def resolve(spec: str) -> Any:
    """Return the object that `package.module:attribute.path` names; raise ModelsError if none."""
    module_name, _, path = spec.partition(":")
    if not module_name or not path:
        raise ModelsError(f"{spec!r} does not name models; write package.module:attribute")
    found: Any = import_module(module_name)
    for name in path.split("."):
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
    close = difflib.get_close_matches(name, dir(holder), n=1)
    inside = getattr(holder, "__dict__", {})
    likely = close or [key for key, value in inside.items() if hasattr(value, "metadata")]
    hint = f"; did you mean {likely[0]!r}?" if likely else ""
    return f"models {spec}: {where} has no attribute {name!r}{hint}"


def import_all(names: Iterable[str]) -> None:
    """Import modules, and packages with everything below them."""
    for name in names:
        module = import_module(name)
        for path in getattr(module, "__path__", ()):
            for found in pkgutil.walk_packages([path], f"{name}.", onerror=_fail):
                if not found.name.endswith(".__main__"):
                    import_module(found.name)


def _fail(name: str) -> None:
    error = sys.exc_info()[1]
    if error is not None:
        raise _import_error(name, error) from error


def import_module(name: str) -> ModuleType:
    """Import one module with the working directory on the path, as `python -m` would."""
    stage(f"importing {name}")
    try:
        _working_directory_first()
        return importlib.import_module(name)
    except Stopped:
        raise
    except BaseException as error:
        raise _import_error(name, error) from error


def _working_directory_first() -> None:
    here = _here()
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    importlib.invalidate_caches()


def _here() -> str:
    """Return the working directory; what models did to it must not hide what else is wrong."""
    with contextlib.suppress(OSError):
        return str(Path.cwd())
    return ""


def _import_error(name: str, error: BaseException) -> ModelsError:
    if (
        isinstance(error, ModuleNotFoundError)
        and error.name
        and f"{name}.".startswith(f"{error.name}.")
    ):
        return ModelsError(
            f"cannot import {name}: there is no module {error.name!r} "
            f"(looked in {_here()} and the installed packages)"
        )
    return raised(f"cannot import {name}", error, [name])
