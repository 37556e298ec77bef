"""Advice about an exception of the models: a variable to set, a module to install or to name.

Names that the code itself holds are repeated: of modules, of settings' fields and of environment
variables. Values and messages are not, since they may be secret.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from drift.config.problems import is_dotted
from drift.lazy_regex import lazy_regex
from drift.sources.models.own_code import top_level

_VARIABLE = lazy_regex(r"[A-Z_][A-Z0-9_]{0,99}")
_READ_VARIABLE = type(os.environ).__getitem__.__code__
_MOST_NAMES = 10
"""Names that a message lists."""

_EXCEPTIONS = {
    "KeyError": "a key, or an environment variable, is missing",
    "ValidationError": "a setting is missing or not valid",
    "UndefinedValueError": "a setting is missing",
    "EnvError": "a setting is missing or not valid",
    "SyntaxError": f"this is not valid Python {sys.version_info.major}.{sys.version_info.minor}",
    "ImportError": "an imported name does not exist",
    "SystemExit": "the models end the program",
    "CompileError": "a type or a default cannot be written as SQL",
}

_FLASK = {
    "Working outside of application context": "the models need a Flask application: give the "
    "function that makes it, or the application, as the models (app:create_app), which import them",
    "Either 'SQLALCHEMY_DATABASE_URI' or": "Flask-SQLAlchemy needs SQLALCHEMY_DATABASE_URI: set "
    "the variable or the file that the application reads it from",
}
"""Both are a RuntimeError: only the beginning of the message differs."""


class Advice(msgspec.Struct, frozen=True):
    """The fix; `complete` if the exception's own message adds nothing."""

    text: str = ""
    complete: bool = False


def advice(error: BaseException, packages: Iterable[str] = ()) -> Advice:
    """Return the fix for an exception; `packages` are the top-level ones of the user."""
    return (
        _missing_module(error, packages)
        or _missing_variable(error)
        or _settings(error)
        or _circular_import(error)
        or _flask(error)
        or Advice(_system_error(error) or _EXCEPTIONS.get(type(error).__name__, ""))
    )


def _missing_module(error: BaseException, packages: Iterable[str]) -> Advice | None:
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    if not name or not is_dotted(name):
        return None
    text = f"there is no module {name!r}"
    if top_level(name) not in {*packages, *sys.modules}:
        text += (
            f" in {sys.prefix}: install it there, or install drift into the project's own "
            "environment"
        )
    return Advice(text, complete=True)


def _missing_variable(error: BaseException) -> Advice | None:
    """Name the variable that `os.environ[…]` did not have: the innermost frame is that lookup."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if type(error) is not KeyError or not frames or frames[-1].f_code is not _READ_VARIABLE:
        return None
    name = error.args[0] if error.args else None
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        return None
    return Advice(_needed([name]), complete=True)


def _needed(names: Iterable[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = len(unique) - _MOST_NAMES
    listed = [*unique[:_MOST_NAMES], *([f"{more} more"] if more > 0 else [])]
    joined = " and ".join(filter(None, (", ".join(listed[:-1]), listed[-1])))
    noun = "this environment variable" if len(unique) == 1 else "these environment variables"
    return f"your settings need {joined} at import: set {noun}"


def _settings(error: BaseException) -> Advice | None:
    """Name the variables that a class of pydantic-settings lacks, or cannot read.

    The exception names fields, not variables: the frame of the class's `__init__` has the class.
    """
    if type(error).__name__ != "ValidationError":
        return None
    with suppress(Exception):  # the class may be of any version, and patched
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        settings = next(
            frame.f_locals["__pydantic_self__"]
            for frame in frames
            if "__pydantic_self__" in frame.f_locals
        )
        variables = _variables(type(settings))
        problems: list[Any] = error.errors()  # type: ignore[attr-defined]
        if not problems or not all(problem["loc"] for problem in problems):
            return None
        missing: list[str] = []
        invalid: list[str] = []
        for problem in problems:
            names = missing if problem["type"] == "missing" else invalid
            names.append(variables[problem["loc"][0]])
        sentences = [_needed(missing)] if missing else []
        sentences += [f"the value of {name} is not valid" for name in dict.fromkeys(invalid)]
        return Advice("; ".join(sentences), complete=not invalid)
    return None


def _variables(settings: Any) -> Mapping[Any, str]:
    """Return the environment variable of each field of a settings class, by name and by alias."""
    prefix = settings.model_config.get("env_prefix") or ""
    names: dict[Any, str] = {}
    for field, info in settings.model_fields.items():
        alias = info.validation_alias or info.alias
        names[field] = prefix + field
        if isinstance(alias, str):
            names[field] = names[alias] = alias
        elif choices := [c for c in getattr(alias, "choices", ()) if isinstance(c, str)]:
            names |= dict.fromkeys([field, *choices], choices[0])
    if settings.model_config.get("case_sensitive"):
        return names
    return {key: name.upper() for key, name in names.items()}


def _circular_import(error: BaseException) -> Advice | None:
    """Explain modules that import each other, which only Python's message shows."""
    if type(error) not in (ImportError, AttributeError) or "circular import" not in str(error):
        return None
    name = getattr(error, "name", None)
    module = f" of {name}" if isinstance(error, ImportError) and name and is_dotted(name) else ""
    return Advice(
        f"a circular import{module}: the module is not complete yet at this line; before the "
        "models, import the module that the application imports first (the option import)"
    )


def _flask(error: BaseException) -> Advice | None:
    if type(error) is not RuntimeError:
        return None
    for beginning, text in _FLASK.items():
        if str(error).startswith(beginning):
            return Advice(text, complete=True)
    return None


def _system_error(error: BaseException) -> str:
    """Return the system's text for its error, without the file, whose name may be anything."""
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else ""
