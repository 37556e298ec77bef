"""The example of `drift demo`: a production database that has drifted, and its models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import psycopg

from drift import scratch

MIGRATIONS = str(Path(__file__).with_name("migrations"))
"""The folder of the example's Alembic environment."""


@contextmanager
def production(*, keep: bool = False) -> Iterator[str]:
    """Create the database on a temporary server; yield the URL of a role that only reads."""
    with scratch.start_server(keep=keep) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE production")
        url = server.url("production")
        with psycopg.connect(url) as connection:
            connection.execute(files(__name__).joinpath("production.sql").read_bytes())
            connection.execute("CREATE ROLE drift LOGIN; GRANT pg_read_all_data TO drift")
        yield url.replace("postgres@", "drift@", 1)
