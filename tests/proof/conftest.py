"""The scratch server of proofs: the one that the tests run on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drift.plan.proof import Proof
from drift.plan.step import Plan
from drift.proof.prove import prove
from drift.proof.sandbox import Sandboxes
from drift.scratch import Scratch
from tests.check.two_sides import compare, reflected
from tests.proof.live import read
from tests.proof.plans import LIVE, WANTED
from tests.servers import Database


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


@pytest.fixture
def proven(database: Database, admin: Any, dsn: str, scratch: Scratch) -> Callable[..., Proof]:
    """Prove a plan for the live schema `live` towards `wanted`."""

    def run(plan: Plan, live: str = LIVE, wanted: str = WANTED, **options: Any) -> Proof:
        other = Database(admin, dsn)
        try:
            other.execute(wanted)
            expected = reflected(other.url)
        finally:
            other.drop()
        database.execute(live)
        schema, around = read(database)

        def check_again(url: str) -> list[str]:
            return [f"{f.object.path} {f.rule}" for f in compare(expected, url).findings]

        return prove(plan, schema, around, scratch=scratch, check_again=check_again, **options)

    return run
