"""SQLAlchemy metadata in, the facts that the kinds need out."""
