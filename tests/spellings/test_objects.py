"""Every case of `objects` is silent, or has its findings and no other."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.servers import Database, create_all
from tests.spellings.models import MODELS
from tests.spellings.objects import CREATED, OBJECTS, Case
from tests.spellings.test_tables import TOO_OLD
from tests.system.checking import brief, check
from tests.versions import SQLALCHEMY

CASES = OBJECTS | MODELS


def make(database: Database, metadata: sa.MetaData, live: str) -> None:
    before, created, after = live.partition(CREATED)
    database.execute(before)
    if created:
        create_all(metadata, database.url)
    database.execute(after)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case(database: Database, case: Case) -> None:
    if database.server_version < case.server * 10_000:
        pytest.skip(f"needs PostgreSQL {case.server}")
    try:
        metadata = case.declared()
        make(database, metadata, case.live)
    except (*TOO_OLD, sa.exc.CompileError):
        assert SQLALCHEMY < (2, 1)
        pytest.skip("needs a newer SQLAlchemy")
    findings = check(database.url, metadata).findings
    assert brief(findings) == sorted(case.expected)
    assert len({finding.fingerprint for finding in findings}) == len(findings)
