"""Mutations of extensions."""

from __future__ import annotations

from tests.mutations.sql_objects import cases

DECLARED = (
    "CREATE EXTENSION IF NOT EXISTS fuzzystrmatch",
    "CREATE EXTENSION citext SCHEMA public",
    "CREATE EXTENSION \"uuid-ossp\" VERSION '1.1'",
)
CASES = cases(
    "extension",
    DECLARED,
    ("dropped", "DROP EXTENSION fuzzystrmatch", "error missing-extension fuzzystrmatch"),
    ("a quoted one dropped", 'DROP EXTENSION "uuid-ossp"', "error missing-extension uuid-ossp"),
    ("in another schema", "CREATE SCHEMA other; ALTER EXTENSION citext SET SCHEMA other",
     "warning extension-mismatch citext"),
    ("in a schema that is left open",
     "CREATE SCHEMA other; ALTER EXTENSION fuzzystrmatch SET SCHEMA other"),
    ("another version", "UPDATE pg_extension SET extversion = '1.0' WHERE extname = 'uuid-ossp'",
     "warning extension-mismatch uuid-ossp"),
    ("a version that is left open",
     "UPDATE pg_extension SET extversion = '1.0' WHERE extname = 'citext'"),
    ("another one", "CREATE EXTENSION pg_trgm"),
    ("another one, strictly", "CREATE EXTENSION pg_trgm", "warning extra-extension pg_trgm",
     {"strict": ("extension",)}),
    ("no other one, strictly", "", {"strict": ("extension",)}),
) + cases(
    "built-in extension",
    ("CREATE EXTENSION IF NOT EXISTS plpgsql",),
    ("dropped", "DROP EXTENSION plpgsql", "error missing-extension plpgsql"),
)  # fmt: skip
