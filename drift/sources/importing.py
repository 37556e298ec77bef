"""Imports the user's models, and says where it went wrong when that fails."""

from __future__ import annotations

import difflib
import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from drift.errors import ModelsError


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
        except Exception as error:  # a property, or a module's __getattr__
            raise ModelsError(f"models {spec}: {_failure(error)}") from error
    return found


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
        raise ModelsError(_import_message(name, error)) from error


def import_module(name: str) -> ModuleType:
    """Import one module with the working directory on the path, as `python -m` would."""
    with _working_directory_first():
        try:
            return importlib.import_module(name)
        except (Exception, SystemExit) as error:
            raise ModelsError(_import_message(name, error)) from error


@contextmanager
def _working_directory_first() -> Iterator[None]:
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    importlib.invalidate_caches()
    yield


def _import_message(name: str, error: BaseException) -> str:
    if (
        isinstance(error, ModuleNotFoundError)
        and error.name
        and f"{name}.".startswith(f"{error.name}.")
    ):
        return (
            f"cannot import {name}: there is no module {error.name!r} "
            f"(looked in {Path.cwd()} and the installed packages)"
        )
    return f"cannot import {name}: {_failure(error)}"


def _failure(error: BaseException) -> str:
    reason = " ".join(str(error).split()) or "no reason given"
    return f"{_place(error)}{type(error).__name__}: {reason}"


def _place(error: BaseException) -> str:
    """Return `file:line: ` of the last frame that is not Python's own import machinery."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{shown(error.filename)}:{error.lineno}: "
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen") and Path(frame.filename) != Path(__file__)
    ]
    frames = [frame for frame in frames if not frame.filename.endswith("importlib/__init__.py")]
    return f"{shown(frames[-1].filename)}:{frames[-1].lineno}: " if frames else ""


def shown(filename: str) -> str:
    """Return a path as the user would type it: from the working directory, where inside it."""
    path = os.path.relpath(filename)
    return filename if path.startswith("..") else path
