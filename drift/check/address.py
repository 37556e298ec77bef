"""Finds the address of a target's database, and the passwords to redact."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from drift import database_url
from drift.config import Target
from drift.errors import DriftError, UsageError

if TYPE_CHECKING:
    from drift.sources.database.connection import Address

_PG_VARIABLES = ("PGHOST", "PGSERVICE", "PGDATABASE", "PGHOSTADDR", "PGUSER")


def database_of(target: Target, environment: Mapping[str, str]) -> str:
    """Return the target's database; without one, DATABASE_URL or libpq's own variables.

    An empty value is an error, since it is probably a secret that is not set: falling back to
    another database would check the wrong one.
    """
    if target.problems:
        raise UsageError("; ".join(target.problems))
    if target.database is not None:
        return _filled(target.database, f"{target.name}: the database")
    if "DATABASE_URL" in environment:
        return _filled(environment["DATABASE_URL"], f"{target.name}: DATABASE_URL")
    if any(environment.get(name) for name in _PG_VARIABLES):
        return ""
    raise UsageError(
        f"{target.name}: no database given; pass --database URL, set DATABASE_URL, or write "
        f"database: in drift.yaml{target.init_hint}"
    )


def _filled(database: str, source: str) -> str:
    if not database.strip():
        raise UsageError(
            f"{source} is empty; write the database's URL (a variable or a secret that is not set "
            "leaves it empty)"
        )
    return database


def address_of(target: Target, environment: Mapping[str, str]) -> Address:
    """Return the address of the target's database."""
    from drift.sources.database.connection import parse

    return parse(database_of(target, environment))


def secrets(targets: Iterable[Target], environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return every password that this run knows, to be redacted from all output."""
    passwords = [environment.get("PGPASSWORD", "")]
    passwords += database_url.passwords(environment.get("DATABASE_URL", "").strip())
    public: set[str] = set()
    for target in targets:
        with contextlib.suppress(DriftError):
            passwords += database_url.passwords(database_of(target, environment).strip())
            address = address_of(target, environment)
            passwords += address.secrets
            public |= address.public
    return [secret for secret in passwords if secret and secret not in public]
