"""The installed SQLAlchemy, and the tests that only some versions of it can run."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
import sqlalchemy as sa

SQLALCHEMY = tuple(int(part) for part in sa.__version__.split(".")[:3] if part.isdigit())

HAS_PSYCOPG = find_spec("sqlalchemy.dialects.postgresql.psycopg") is not None
DRIVER = "psycopg" if HAS_PSYCOPG else "psycopg2"
DIALECT = f"postgresql+{DRIVER}"
"""The scheme of URLs of projects with a driver that every version of SQLAlchemy knows."""
ASYNC_DIALECT = "postgresql+psycopg" if HAS_PSYCOPG else "postgresql+asyncpg"


def _since(version: tuple[int, ...], reason: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(version > SQLALCHEMY, reason=reason)


psycopg_of_sqlalchemy = pytest.mark.skipif(
    not HAS_PSYCOPG, reason="SQLAlchemy 1.4 does not know psycopg 3"
)
mapped = _since((2, 0), "mapped_column came with SQLAlchemy 2.0")
domain = _since((2, 0), "DOMAIN came with SQLAlchemy 2.0")
ddl_if = _since((2, 0), "ddl_if came with SQLAlchemy 2.0")
sqlmodel = _since((2, 0, 14), "SQLModel needs SQLAlchemy 2.0.14")
flask_sqlalchemy = _since((2, 0, 16), "Flask-SQLAlchemy 3.1 needs SQLAlchemy 2.0.16")
