"""Schema drift detection for SQLAlchemy models and live PostgreSQL databases."""

__version__ = "0.1.0"
