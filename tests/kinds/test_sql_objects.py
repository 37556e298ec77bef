"""Kinds whose objects are declared as SQL."""

from __future__ import annotations

from drift.config.values import SQL_KINDS
from drift.kinds import KINDS
from drift.kinds.sql.excerpt import excerpts
from drift.plan.recipes import RECIPES


def test_the_configuration_names_every_optional_kind() -> None:
    optional = {kind.name for kind in KINDS if kind.is_optional}
    assert optional <= set(SQL_KINDS)
    assert optional <= RECIPES.keys()


def test_an_excerpt_begins_before_the_difference() -> None:
    common = ", ".join(f"column_{number}" for number in range(100))
    left, right = excerpts(f"SELECT {common}, a FROM t", f"SELECT {common},\n b FROM t")
    assert left.startswith("… column_")
    assert left.endswith("column_99, a FROM t")
    assert right.endswith("column_99, b FROM t")
    assert len(left) < 100


def test_texts_that_differ_in_space_alone_keep_it() -> None:
    assert excerpts("SELECT 'a  b'", "SELECT 'a b'") == ("SELECT 'a  b'", "SELECT 'a b'")
