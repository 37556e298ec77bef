"""The declarative base, spelled as SQLAlchemy 1.4, 2 and type checkers accept it."""

from sqlalchemy.orm import DeclarativeMeta, registry

_registry = registry()


class Base(metaclass=DeclarativeMeta):
    """The base of all models."""

    __abstract__ = True
    registry = _registry
    metadata = _registry.metadata
    __init__ = _registry.constructor
