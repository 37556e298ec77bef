"""Declarations that SQLAlchemy cannot write for PostgreSQL: each is noted, and the rest is read.

Either SQLAlchemy refuses them, or code of the models raises an error while SQLAlchemy writes them.
A mistake of drift's own ends the check.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any

from drift.model import ObjectRef, Problem

LEFT_OPEN = "(left to the server)"
"""A type or a default that the models leave open, or that cannot be compared."""
_KINDS = {
    "index": "index",
    "unique_constraint": "unique",
    "primary_key_constraint": "primary-key",
    "foreign_key_constraint": "foreign-key",
    "exclude_constraint": "exclusion",
}


class StandIn:
    """Stands in for the connection that a `ddl_if` expects; only its dialect can be read."""

    def __init__(self, dialect: Any) -> None:
        """Take the dialect of the server's version."""
        self.dialect = dialect
        self.name = dialect.name
        self.engine = self


class Unwritable:
    """The objects that could not be read, and the types that the models leave open."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.problems: dict[Any, Problem] = {}
        self.open_types: dict[str, None] = {}

    def add(self, ref: ObjectRef, item: Any, reason: str, *, optional: bool = False) -> None:
        """Note why an object cannot be read; one without a name is known by itself."""
        key = ref if ref.name else (ref, id(item))
        self.problems.setdefault(key, Problem(object=ref, reason=reason, optional=optional))

    def refused(self, ref: ObjectRef, item: Any, error: Exception) -> None:
        """Note an object that SQLAlchemy cannot write. Raises an error that is drift's own."""
        refusal(error)
        kind = type(error).__name__
        self.add(ref, item, f"SQLAlchemy cannot write it for PostgreSQL ({kind})")

    def type_(self, ref: ObjectRef, column: Any, why: str = "") -> None:
        """Note a column's type that cannot be written: it is left open, or of another database."""
        innermost = _innermost(column.type)
        if innermost.__visit_name__ == "null" and not why:
            self.open_types[ref.path] = None
            return
        reason = (
            f"SQLAlchemy cannot write its type {type(column.type).__name__} for PostgreSQL{why}"
        )
        if innermost.__visit_name__ in {"enum", "Enum", "ENUM"} and not innermost.name:
            reason += "; give the Enum a name, or set native_enum=False"
        self.add(ref, column, reason)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about facts that were not compared."""
        names = list(self.open_types)
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        types = (
            (f"not compared: the models leave the type open of {', '.join(names[:5])}{more}",)
            if names
            else ()
        )
        optional = (
            f"{problem.object.kind} {problem.object.path}: {problem.reason}"
            for problem in self.problems.values()
            if problem.optional
        )
        return (*types, *optional)


def errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that mean, if `refusal` agrees, that something cannot be written."""
    return (Exception,)


def refusal(error: Exception) -> str:
    """Return ` (ValueError)` for an error of the models' code; "" for SQLAlchemy's own refusal.

    The message may quote anything, so it is not shown. Raises the error again if it is drift's own,
    or if no model can be read because something is missing, such as Flask's application context.
    """
    message = error.args[0] if error.args else ""  # a __str__ of the models may raise as well
    if isinstance(message, str) and message.startswith("Working outside of application context"):
        raise error
    if type(error).__module__.startswith("sqlalchemy.") or isinstance(error, NotImplementedError):
        return ""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    roots = {str(frame.f_globals.get("__name__")).partition(".")[0] for frame in frames}
    if roots <= _OWN:
        raise error
    return f" ({type(error).__name__})"


_OWN = {"drift", *sys.stdlib_module_names}


def table_of(item: Any) -> Any:
    """Return the table of a column, an index or a constraint, which may stand on a column."""
    owner = getattr(item, "parent", item)
    return getattr(owner, "table", owner)


def kind_of(item: Any) -> str:
    """Return the name of the kind of a constraint or an index."""
    return _KINDS.get(item.__visit_name__, "check")


def _innermost(type_: Any) -> Any:
    """Return the type that a decorated type or an array is made of."""
    for _ in range(10):
        inner = getattr(type_, "item_type", None)
        if inner is None and hasattr(type_, "load_dialect_impl"):
            inner = type_.impl
        if inner is None or not hasattr(inner, "__visit_name__"):
            return type_
        type_ = inner
    return type_
