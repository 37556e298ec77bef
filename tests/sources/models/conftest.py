"""Modules of tables for the tests of lines."""

import contextlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from drift.sources.models.recorder import recording
from tests.sources.models.locating import Load


@pytest.fixture
def load() -> Iterator[Load]:
    """Import files under names of their own, and forget them after the test.

    Lines are recorded as `drift` does, unless the test is about models that were imported before.
    """
    before = set(sys.modules)

    def load(path: Path, *, record: bool = True) -> ModuleType:
        name = f"located_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        with recording() if record else contextlib.nullcontext():
            spec.loader.exec_module(module)
        return module

    yield load
    for name in set(sys.modules) - before:
        if name.startswith("located_"):
            del sys.modules[name]


@pytest.fixture
def write(tmp_path: Path, load: Load) -> Load:
    def write(name: str, text: str, *, record: bool = True) -> ModuleType:
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        return load(path, record=record)

    return write
