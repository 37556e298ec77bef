"""Every single mutation is found under its rule, on its object, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.checking import found
from tests.mutations import CASES
from tests.mutations.case import SQLALCHEMY, Case
from tests.servers import create_all


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_mutation_is_found_and_nothing_else(case: Case, database: Any) -> None:
    if case.server * 10000 > database.server_version or case.sqlalchemy > SQLALCHEMY:
        pytest.skip(f"needs PostgreSQL {case.server} and SQLAlchemy {case.sqlalchemy}")
    metadata = case.metadata()
    database.execute(case.before)
    create_all(metadata, database.url)
    database.execute(case.sql)
    assert found(database.url, metadata) == sorted(case.expected)
