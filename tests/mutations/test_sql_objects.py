"""Every single mutation of an object beyond tables is found under its rule, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from drift.formats.markdown_text import prose
from drift.scratch import Scratch
from tests.formats.everywhere import python_in, texts
from tests.mutations import (
    extensions,
    functions,
    grants,
    materialized_views,
    policies,
    triggers,
    views,
)
from tests.mutations.sql_objects import SqlCase, check, prepare
from tests.servers import Database
from tests.system.checking import brief

_MODULES = (
    views, materialized_views, functions, triggers, policies, extensions, grants,
)  # fmt: skip
CASES = tuple(case for module in _MODULES for case in module.CASES)


@pytest.fixture(scope="module")
def scratch(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Scratch]:
    """The server of the tests; beside an older one the bundled one, which prints otherwise."""
    with Scratch(dsn if admin.info.server_version >= 180000 else None) as made:
        yield made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_mutation_is_found_and_nothing_else(
    case: SqlCase, database: Database, scratch: Scratch
) -> None:
    if case.server * 10000 > database.server_version:
        pytest.skip(f"needs PostgreSQL {case.server}")
    prepare(database, case.declared)
    database.execute(case.sql)
    outcome = check(database, case.declared, scratch, strict=case.strict)
    assert brief(outcome.findings) == sorted(case.expected)
    for finding in outcome.findings:
        assert prose(finding.impact) == finding.impact
        assert not re.search(r"\b(?:if|where|or)\b", finding.impact), finding.impact
        assert not re.search(r": models (.*), database \1(?:;|$)", finding.message)
        assert "\n" not in finding.message
    for name, text in texts(outcome).items():
        assert not python_in(text), name
