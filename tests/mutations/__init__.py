"""Single mutations of a live database, each with the findings it must cause and no others.

Every table declares metadata; its first case changes nothing. `CASES` has them all, for the tests
and for the comparison with other tools.
"""

from __future__ import annotations

from tests.mutations import (
    columns,
    constraints,
    foreign_keys,
    index_keys,
    indexes,
    tables,
    type_names,
)
from tests.mutations.case import Case

MODULES = (
    tables,
    columns,
    constraints,
    foreign_keys,
    indexes,
    index_keys,
    type_names,
)
CASES: tuple[Case, ...] = tuple(case for module in MODULES for case in module.CASES)
