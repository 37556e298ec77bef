"""The scratch server of proofs: the one that the tests run on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drift.proof.sandbox import Sandboxes
from drift.scratch import Scratch


@pytest.fixture
def scratch(dsn: str) -> Iterator[Scratch]:
    """A scratch server that databases are made on."""
    with Scratch(dsn) as server:
        yield server


@pytest.fixture
def sandboxes(scratch: Scratch) -> Iterator[Sandboxes]:
    """Databases of a role that is no superuser."""
    with Sandboxes(scratch, 60) as made:
        yield made
