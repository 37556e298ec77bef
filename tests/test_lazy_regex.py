"""Regular expressions that are compiled on first use, and not proved by an import any more."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import drift
from drift.lazy_regex import _LazyRegex, lazy_regex


def test_a_regex_is_compiled_by_its_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    regex = lazy_regex("b(.)", re.IGNORECASE)
    match = regex.search("aBc")
    assert match is not None
    assert match[1] == "c"
    monkeypatch.delattr(re, "compile")
    assert regex.search("aBd") is not None


def test_every_regex_can_be_compiled() -> None:
    names = [each.name for each in pkgutil.walk_packages(drift.__path__, "drift.")]
    modules = [importlib.import_module(name) for name in names if ".demo.migrations" not in name]
    regexes = [each for module in modules for each in vars(module).values() if _is_lazy(each)]
    assert len(regexes) > 50
    for regex in regexes:
        assert isinstance(regex.pattern, str)


def _is_lazy(value: object) -> bool:
    return isinstance(value, _LazyRegex)
