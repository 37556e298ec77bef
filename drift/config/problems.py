"""Problems with a value, in messages that hold no secret."""

from __future__ import annotations

from collections.abc import Iterable

from drift.lazy_regex import lazy_regex
from drift.texts import nearest

_SECRETIVE = lazy_regex(r"://|@|=")
_LONGEST = 60
_ATTRIBUTES = frozenset("base db metadata metadata_obj registry mapper_registry".split())
"""Usual names, in lower case, of holders of metadata."""


class InvalidValueError(Exception):
    """A value cannot be used; the message gives the reason and the fix."""


class UndefinedVariableError(InvalidValueError):
    """A value needs environment variables that are not set."""


class UnreadableError(Exception):
    """The file is not a configuration: the reason, and the line and column if known."""

    def __init__(self, reason: str, *position: int) -> None:
        super().__init__("".join(f"{number}:" for number in position) + f" {reason}")


def shown(text: str) -> str:
    """Quote text of the file for a message, unless it might be a connection string."""
    if _SECRETIVE.search(text):
        return "this value"
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def label(key: str) -> str:
    """Return a key for a message, unless it might be a connection string."""
    if _SECRETIVE.search(key) or not key.isprintable() or len(key) > _LONGEST:
        return "…"
    return key or "''"


def models_meant(text: str) -> str:
    """Say how to write models that `text` does not name as `package.module:attribute`."""
    path = text.strip().replace(".py:", ":").removesuffix(".py").replace("/", ".").strip(".")
    head, colon, last = path.partition(":") if ":" in path else path.rpartition(".")
    named = bool(colon) and (":" in path or last[:1].isupper() or last in _ATTRIBUTES)
    if named and is_dotted(head) and is_dotted(last):
        return f"did you mean {head}:{last}?"
    return "write package.module:attribute, such as app.models:Base"


def is_dotted(name: str) -> bool:
    """Return whether this is a dotted name of Python's."""
    return all(part.isidentifier() for part in name.split("."))


def suggest(wrong: str, known: Iterable[str], otherwise: str) -> str:
    """Return a hint at the known name that was probably meant, or else `otherwise`."""
    by_lower_case = {name.lower(): name for name in known}
    close = nearest(wrong.lower(), by_lower_case)
    return f"did you mean {by_lower_case[close]!r}?" if close else otherwise
