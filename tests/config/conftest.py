"""Loads configurations from text, and collects the problems of bad ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from drift import config
from drift.config import Settings
from drift.errors import ConfigurationError

EXAMPLE = Path(__file__).parents[2] / "config" / "drift.yaml"
KNOWN = {
    "missing-table": 1,
    "extra-table": 1,
    "missing-column": 1,
    "extra-column": 1,
    "extra-index": 1,
}
Load = Callable[..., Settings]
Problems = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(
        text: str | bytes,
        *targets: str,
        environment: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Settings:
        path = tmp_path / "drift.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return config.load(
            path, environment=environment or {}, known_rules=KNOWN, targets=targets, **options
        )

    return load


@pytest.fixture
def problems(load: Load) -> Problems:
    def problems(text: str | bytes, *targets: str, **options: Any) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            load(text, *targets, **options)
        assert str(caught.value) == "\n".join(caught.value.problems)
        assert all("\n" not in problem for problem in caught.value.problems)
        return caught.value.problems

    return problems
