"""References to a tenant's schema read alike for every tenant, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from drift.sources.database.schema_references import neutral

FACTS: list[tuple[str, str, bool]] = [
    ("type", "{}.mood", True),
    ("type", '"{}".mood', True),
    ("default", "'glad'::{}.mood", True),
    ("default", "nextval('{}.users_id_seq'::regclass)", True),
    ("default", "'{}.com'::text", False),
    ("default", "'https://{}.com'", False),
    ("default", "'it''s {}.com'", False),
    ("default", "f('{0}.x', {0}.y)", False),
    ("default", '"x{}.mood"', False),
    ("default", "x.{}.y", False),
    ("default", "x{}.y", False),
    ("expression", "({}.f(a) > 0)", True),
    ("expression", "({} > 0)", False),
    ("target_schema", "{}", True),
    ("target_table", "{}", False),
    ("comment", "see {}.users", False),
    ("name", "{}.x", False),
    ("labels", "{}.x", False),
    ("column", "{}.x", False),
    ("roles", "{}.x", False),
    ("unvalidated", "{}.x", False),
]


@pytest.mark.parametrize(("key", "text", "alike"), FACTS)
def test_only_references_read_alike(key: str, text: str, alike: bool) -> None:
    found = [neutral({key: text.format(schema)}, schema) for schema in ("acme", "b_2")]
    assert (found[0] == found[1]) is alike


def test_a_quoted_schema_is_found_in_lists_too() -> None:
    def facts(name: str) -> Any:
        return {"checks": [f'"{name.replace(chr(34), chr(34) * 2)}".f(x)'], "labels": (name,)}

    spelled = [neutral(facts(name), name) for name in ("A b", 'say "no"')]
    assert spelled[0]["checks"] == spelled[1]["checks"] == ["*.f(x)"]
    assert spelled[0]["labels"] == ("A b",)
