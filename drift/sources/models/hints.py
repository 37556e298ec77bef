"""Advice about an exception of the models: what to set, to install or to name.

Names that the code itself holds are told: of modules, of settings' fields and of environment
variables. Values and messages are not, since they may be secret.
"""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from drift.config.problems import is_dotted

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_READ_VARIABLE = type(os.environ).__getitem__.__code__
_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_MOST = 10
"""Names that a message lists."""

_KINDS = {
    "KeyError": "a key, or an environment variable, is missing",
    "ValidationError": "a setting is missing or not valid",
    "UndefinedValueError": "a setting is missing",
    "EnvError": "a setting is missing or not valid",
    "SyntaxError": f"this is not valid Python {_PYTHON}",
    "ImportError": "a name that is imported is not there",
    "SystemExit": "the models end the program",
    "CompileError": "a type or a default cannot be written as SQL",
}


_LIBRARIES = {
    "Working outside of application context": "the models need a Flask application: give the "
    "function that makes it, or the application, as the models (app:create_app), which import them",
    "Either 'SQLALCHEMY_DATABASE_URI' or": "Flask-SQLAlchemy needs SQLALCHEMY_DATABASE_URI: set "
    "what the application reads it from",
}
"""What to do about errors that libraries tell apart by the beginning of their message alone."""


class Advice(msgspec.Struct, frozen=True):
    """What to do; `complete` if the exception's own message says no more."""

    text: str = ""
    complete: bool = False


def advice(error: BaseException, own: Iterable[str] = ()) -> Advice:
    """Return what to do about an exception; `own` are the top-level modules of the user's."""
    text = _missing_module(error, own) or _environment(error)
    if text:
        return Advice(text, complete=True)
    return (
        _settings(error)
        or _circle(error)
        or _library(error)
        or Advice(_refusal(error) or _KINDS.get(type(error).__name__, ""))
    )


def _missing_module(error: BaseException, own: Iterable[str]) -> str:
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    if not name or not is_dotted(name):
        return ""
    if name.partition(".")[0] in {*own, *sys.modules}:
        return f"there is no module {name!r}"
    return (
        f"there is no module {name!r} in {sys.prefix}: install what the models import beside "
        "drift, or drift into the project's own environment"
    )


def _environment(error: BaseException) -> str:
    """Name the variable that `os.environ[…]` did not have."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if type(error) is not KeyError or not frames or frames[-1].f_code is not _READ_VARIABLE:
        return ""
    name = error.args[0] if error.args else None
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        return ""
    return _needed([name])


def _needed(names: Iterable[str]) -> str:
    unique = list(dict.fromkeys(names))
    listed = [*unique[:_MOST], *([f"{len(unique) - _MOST} more"] if len(unique) > _MOST else [])]
    words = " and ".join(filter(None, (", ".join(listed[:-1]), listed[-1])))
    what = "this environment variable" if len(unique) == 1 else "these environment variables"
    return f"your settings need {words} at import: set {what}"


def _settings(error: BaseException) -> Advice | None:
    """Name the variables that a class of pydantic-settings lacks, or cannot read."""
    if type(error).__name__ != "ValidationError":
        return None
    with suppress(Exception):  # the class may be of any version, and patched
        owner = next(
            frame.f_locals["__pydantic_self__"]
            for frame, _ in traceback.walk_tb(error.__traceback__)
            if "__pydantic_self__" in frame.f_locals
        )
        names = _variables(type(owner))
        problems: list[Any] = error.errors()  # type: ignore[attr-defined]
        told = [(names[p["loc"][0]], p["type"] == "missing") for p in problems if p["loc"]]
        if told and len(told) == len(problems):
            missing = [name for name, absent in told if absent]
            wrong = dict.fromkeys(name for name, absent in told if not absent)
            words = [_needed(missing)] if missing else []
            words += [f"the value of {name} is not valid" for name in wrong]
            return Advice("; ".join(words), complete=not wrong)
    return None


def _variables(settings: Any) -> Mapping[Any, str]:
    """Return the environment variable of each field of a settings class, by name and by alias."""
    prefix = settings.model_config.get("env_prefix") or ""
    exact = settings.model_config.get("case_sensitive")
    names: dict[Any, str] = {}
    for field, info in settings.model_fields.items():
        alias = info.validation_alias or info.alias
        names[field] = prefix + field
        if isinstance(alias, str):
            names[field] = names[alias] = alias
        elif choices := [c for c in getattr(alias, "choices", ()) if isinstance(c, str)]:
            names |= dict.fromkeys([field, *choices], choices[0])
    return {key: name if exact else name.upper() for key, name in names.items()}


def _circle(error: BaseException) -> Advice | None:
    """Say that modules import each other, which Python only tells in its message."""
    if type(error) not in (ImportError, AttributeError) or "circular import" not in str(error):
        return None
    name = getattr(error, "name", None)
    module = f" of {name}" if isinstance(error, ImportError) and name and is_dotted(name) else ""
    return Advice(
        f"a circular import{module}: the module is not complete yet at this line; with --import, "
        "name the module first that the application imports first"
    )


def _library(error: BaseException) -> Advice | None:
    if type(error) is not RuntimeError:
        return None
    text = str(error)
    return next(
        (Advice(a, complete=True) for m, a in _LIBRARIES.items() if text.startswith(m)), None
    )


def _refusal(error: BaseException) -> str:
    """Return the system's own words for its error, without the file, whose name may be anything."""
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else ""
