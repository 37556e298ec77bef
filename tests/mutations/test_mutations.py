"""Every single mutation is found under its rule, on its object, and nothing else is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from drift.formats.markdown_text import prose
from tests.formats.everywhere import python_in, texts
from tests.mutations import CASES, between_databases
from tests.mutations.case import Case
from tests.servers import create_all
from tests.system.checking import brief, check
from tests.versions import SQLALCHEMY


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_mutation_is_found_and_nothing_else(case: Case, database: Any) -> None:
    if case.server * 10000 > database.server_version or case.sqlalchemy > SQLALCHEMY:
        pytest.skip(f"needs PostgreSQL {case.server} and SQLAlchemy {case.sqlalchemy}")
    metadata = case.metadata()
    database.execute(case.before)
    create_all(metadata, database.url)
    between_databases.read_left(case, database)
    database.execute(case.sql)
    outcome = check(database.url, metadata)
    assert brief(outcome.findings) == sorted(case.expected)
    for finding in outcome.findings:
        assert prose(finding.impact) == finding.impact
        assert not re.search(r"\b(?:if|where|or)\b", finding.impact), finding.impact
        assert not re.search(r": models (.*), database \1(?:;|$)", finding.message)
    for name, text in texts(outcome).items():
        assert not python_in(text), name
    between_databases.verify(case, database)
