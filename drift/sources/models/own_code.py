"""Distinguishes the user's code from libraries, and reads modules without running their code."""

from __future__ import annotations

import os
import re
import sysconfig
from collections.abc import Container, Mapping
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

_PYTHON = Path(sysconfig.get_path("stdlib"))
DRIFT = Path(__file__).parents[2]


def is_own(file: str, packages: Container[str]) -> bool:
    """Return whether a file is the user's code, and not Python's, drift's or a library's.

    `packages` are the top-level packages of the models: they are the user's even if installed.
    """
    if file.startswith("<"):
        return False
    if library := re.search(r"[/\\](?:site|dist)-packages[/\\](\w+)", file):
        return library[1] in packages
    path = Path(file)
    return not (path.is_relative_to(_PYTHON) or path.is_relative_to(DRIFT))


def display_path(filename: str) -> str:
    """Return a path as the user would type it: relative if it is below the working directory."""
    with suppress(OSError):  # the models may have removed the folder
        path = os.path.relpath(filename)
        return filename if path.startswith("..") else path
    return filename


def own_names(owner: Any) -> Mapping[str, Any]:
    """Return the attributes of a module or a class; of anything else, none."""
    # Not isinstance(), which asks the object: a proxy may raise, a lazy module would load.
    names: Mapping[str, Any] = {}
    if issubclass(type(owner), type):
        names = vars(owner)
    elif issubclass(type(owner), ModuleType):
        names = object.__getattribute__(owner, "__dict__")
    return names


def top_level(name: str) -> str:
    """Return the top-level package of `package.module` or `package.module:attribute`."""
    return re.split("[:.]", name)[0]
