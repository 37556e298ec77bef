"""Columns: type, nullability, default, identity, generated expression, collation, comment."""
