"""A repository per test, in one emulator for all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reporters.github import emulator, proxy
from tests.reporters.github.emulator import OWNER, Emulator
from tests.reporters.github.proxy import Proxy
from tests.reporters.github.shop import Shop

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Emulator, Proxy]]:
    folder: Path = tmp_path_factory.mktemp("emulator")
    with proxy.running() as before, emulator.running(before.url, folder) as behind:
        before.upstream = behind.url
        yield behind, before


@pytest.fixture
def shop(hub: tuple[Emulator, Proxy]) -> Iterator[Shop]:
    """Yield a repository; nothing that passed may differ from GitHub's own description."""
    behind, before = hub
    name = f"shop-{next(_numbers)}"
    behind.ask("POST", "/user/repos", {"name": name})
    before.reset()
    yield Shop(behind, before, f"{OWNER}/{name}")
    assert before.wrong == []
