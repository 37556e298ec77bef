"""Every mutation between two databases, as `drift diff` compares them."""

from __future__ import annotations

import re
from typing import Any

from tests.check.two_sides import compare, reflected
from tests.mutations.case import Case
from tests.servers import Database
from tests.system.checking import brief

EXCEPTIONS = {
    # a schema without tables on the left is read as well, and a moved table is extra there
    "table: moved to another schema": (
        "error missing-table public.plain", "warning extra-table old.plain"),
    # models declare no inherited columns, a database has them
    "table: inheritance gone": ("warning table-mismatch public.child",),
    # a database has no client-side default
    "column: default dropped, SQLAlchemy sends one": (
        "error column-default-mismatch public.t.token",),
    # models leave these names open
    "constraint: primary key renamed": ("info primary-key-mismatch public.t.t_key",),
    "constraint: unique renamed, no name declared": ("info unique-mismatch public.t.mail_once",),
    # models leave the other parameters open
    "index: a storage parameter that no model sets": ("info index-mismatch public.t.ix_pair",),
}  # fmt: skip
"""What is found otherwise than between models and a database, and why."""

OF_MODELS = re.compile(r"\bmodels?\b|\bdeclare", re.IGNORECASE)
LEFT: dict[Any, Any] = {}
"""The unchanged database of a case, as it was read; cases with the same models share it."""


def read_left(case: Case, database: Database) -> None:
    """Read the database of a case before its change."""
    key = case.metadata, case.before
    if key not in LEFT:
        LEFT[key] = reflected(database.url)


def verify(case: Case, database: Database) -> None:
    """Compare the database after the change with the one before, and with itself."""
    outcome = compare(LEFT[case.metadata, case.before], database.url)
    assert brief(outcome.findings) == sorted(EXCEPTIONS.get(case.id, case.expected))
    assert not outcome.skipped
    for finding in outcome.findings:
        for text in (finding.message, finding.detail, finding.impact):
            assert not OF_MODELS.search(text), text
    same = compare(reflected(database.url), database.url)
    assert not same.findings
    assert not same.skipped
