"""Locators of modules that a test imported."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from drift.sources.models.locations import Locator

HERE = Path(__file__).parent
Load = Callable[..., ModuleType]


def locator(*modules: ModuleType, root: Path = HERE) -> Locator:
    tables = [table for module in modules for table in module.metadata.tables.values()]
    return Locator(tables, root)
