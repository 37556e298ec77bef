"""The trap that a function of the attackers springs when it runs."""

from __future__ import annotations

import pytest

from tests.security.attacks import SETUP, Trap
from tests.servers import Database


@pytest.fixture
def trap(database: Database) -> Trap:
    database.execute(SETUP)
    return Trap(database)
