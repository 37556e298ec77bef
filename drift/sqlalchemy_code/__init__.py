"""Structs of the kinds in, SQLAlchemy code out: `Column(…)`, `Index(…)` and the rest, as text.

SQLAlchemy itself is not imported. Each function returns None if SQLAlchemy cannot express an
object: then the caller writes SQL. Every text of a database becomes a literal of Python.
"""

from drift.sqlalchemy_code.code import Code, Import
from drift.sqlalchemy_code.style import ALEMBIC, MODELS, Style

__all__ = ["ALEMBIC", "MODELS", "Code", "Import", "Style"]
