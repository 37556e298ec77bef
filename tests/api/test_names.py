"""The public names: lazy, and never hidden by the packages of the same name."""

from __future__ import annotations

import operator
import subprocess
import sys
from typing import Any

import pytest
import sqlalchemy as sa

import drift
from tests.api import shop


def output_of(code: str) -> str:
    """Return what a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("name", drift.__all__)
def test_every_name_can_be_imported(name: str) -> None:
    assert getattr(drift, name).__name__ == name
    assert getattr(drift, name).__doc__
    assert name in dir(drift)


def test_the_import_takes_nothing_with_it() -> None:
    code = "import sys; before = set(sys.modules); import drift; print(set(sys.modules) - before)"
    assert output_of(code).strip() == "{'drift'}"


OWN: Any = sa.MetaData()
sa.Table("users", OWN, sa.Column("id", sa.Integer, primary_key=True))
MODELS = {
    "a base of declarative_base()": (shop.Base, "tests.api.shop:Base"),
    "its metadata": (shop.Base.metadata, "tests.api.shop:Base.metadata"),
    "a MetaData": (OWN, "tests.api.test_names:OWN"),
    "several": ([shop.Base, OWN], "tests.api.shop:Base, tests.api.test_names:OWN"),
    "no variable": (sa.MetaData(), "MetaData"),
}


@pytest.mark.parametrize(("models", "name"), MODELS.values(), ids=MODELS)
def test_reports_name_the_module_that_holds_the_models(models: Any, name: str) -> None:
    if isinstance(models, sa.MetaData) and not models.tables:
        sa.Table("orders", models, sa.Column("id", sa.Integer, primary_key=True))
    assert drift.load_models(models).name == name


@pytest.mark.parametrize("name", ["check", "compare"])
@pytest.mark.parametrize("statement", ["import drift.{0}", "from drift.{0} import __name__"])
def test_a_package_does_not_replace_the_function_of_its_name(name: str, statement: str) -> None:
    code = f"{statement.format(name)}; import drift; print(drift.{name}.__qualname__)"
    assert output_of(code).strip() == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        operator.attrgetter("chekc")(drift)
