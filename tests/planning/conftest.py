"""The shop, with its database as it is live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import run
from tests.planning.shop import LIVE, Shop
from tests.servers import Database

__all__ = ["run"]


@pytest.fixture
def shop(tmp_path: Path, database: Database, dsn: str, run: Any) -> Shop:
    """Return a project whose database has drifted."""
    database.execute(LIVE)
    return Shop(tmp_path, database, dsn, run)
