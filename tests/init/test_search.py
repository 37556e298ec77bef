"""`drift init` finds what the models are declared on, without importing it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.init.projects import (
    BASE,
    CORE,
    FLASK,
    LEGACY,
    MODEL,
    ORDER,
    SQLMODEL,
    USER,
    run,
    written,
)


@pytest.mark.parametrize(
    ("files", "models", "imported"),
    [
        ({"app__base": BASE, "app__user": USER}, "app.base:Base", ["app.user"]),
        ({"app__base": BASE, "app__user": USER, "app__order": ORDER}, "app.base:Base", ["app"]),
        ({"src__app__base": BASE, "src__app__user": USER}, "app.base:Base", ["app.user"]),
        ({"web": FLASK}, "web:db", None),
        ({"shop": SQLMODEL}, "sqlmodel:SQLModel", ["shop"]),
        ({"tables": CORE}, "tables:metadata", None),
        (
            {"app__base": BASE, "app__user": USER, "app__order": ORDER, "old": LEGACY},
            "app.base:Base",
            ["app"],
        ),
    ],
)
def test_the_models_are_found_by_looking(
    project: Any, files: dict[str, str], models: str, imported: list[str] | None
) -> None:
    project(**files)
    outcome = run("init")
    assert outcome.returncode == 0, outcome.stderr
    assert f"found {models} with" in outcome.stderr
    assert written()["models"] == models
    assert written().get("import") == imported


def test_without_models_it_says_what_to_type(project: Any) -> None:
    project(app="print('hello')")
    outcome = run("init")
    assert outcome.returncode == 2
    assert "drift init --models package.module:Base" in outcome.stderr


def test_between_equals_nothing_is_guessed(project: Any) -> None:
    project(one=BASE, two=LEGACY)
    outcome = run("init")
    assert outcome.returncode == 2
    assert "one:Base, two:Model; choose one with --models" in outcome.stderr
    assert run("init", "--models", "two:Model").returncode == 0
    assert written()["models"] == "two:Model"


def test_bases_of_one_name_are_told_apart_by_their_packages(project: Any) -> None:
    user, order, other = (
        MODEL.format(module=f"{package}.base", base="Base", name=name)
        for package, name in (("a", "user"), ("a", "order"), ("b", "x"))
    )
    project(a__base=BASE, a__user=user, a__order=order, b__base=BASE, b__x=other)
    run("init")
    assert written()["models"] == "a.base:Base"
    assert written()["import"] == ["a"]


ABSTRACT = "from {module} import Base as Root\nclass Dated(Root):\n    __abstract__ = True\n"
IMPLICIT = (
    "from sqlalchemy.orm import Mapped, mapped_column\n"
    "from {module} import {base}\n"
    "class User({base}):\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
)


@pytest.mark.parametrize(
    "files",
    [
        {
            "app__dated": ABSTRACT.format(module="app.base"),
            "app__user": IMPLICIT.format(module="app.dated", base="Dated"),
        },
        {
            "app__dated": ABSTRACT.format(module=".base"),
            "app__user": IMPLICIT.format(module=".dated", base="Dated"),
        },
        {
            "app__user": IMPLICIT.format(module="app.base", base="Base as B").replace(
                "(Base as B", "(B"
            )
        },
        {
            "app__user": IMPLICIT.format(module="app", base="base")
            .replace("from app import base", "import app.base")
            .replace("(base)", "(app.base.Base)")
        },
        {
            "app__user": IMPLICIT.format(module="app", base="Base"),
            "app____init__": "from .base import Base\n",
        },
        {"app__user": IMPLICIT.format(module="app", base="base").replace("(base)", "(base.Base)")},
        {
            "app__user": IMPLICIT.format(module="app", base="Base"),
            "app____init__": "from sqlalchemy import *\nfrom app.base import *\n",
        },
    ],
)
def test_models_are_found_through_whatever_lies_between(
    project: Any, files: dict[str, str]
) -> None:
    project(app__base=BASE, **files)
    outcome = run("init")
    assert "found app.base:Base with 1 model\n" in outcome.stderr
    assert written()["import"] == ["app.user"]


def test_names_that_lead_in_a_circle_end(project: Any) -> None:
    project(
        app__base=BASE,
        app__a="import sqlalchemy\nfrom app.b import X\nclass Y(X): ...\n",
        app__b="import sqlalchemy\nfrom app.a import X, Y\nclass V(Y): ...\nclass Z(Z): ...\n",
    )
    assert "found app.base:Base with 0 models" in run("init").stderr


def test_broken_and_foreign_files_are_passed_over(project: Any) -> None:
    folder = project(
        app=BASE,
        broken="from sqlalchemy import (",
        migrations__x=BASE,
        tests__models=BASE,
        venv__lib=BASE,
    )
    (folder / "other").mkdir()
    (folder / "other" / "pyvenv.cfg").touch()
    (folder / "other" / "models.py").write_text(BASE)
    (folder / "not-a-package").mkdir()
    (folder / "not-a-package" / "models.py").write_text(BASE)
    assert run("init").returncode == 0
    assert written()["models"] == "app:Base"


TYPOS = {
    "app.bsae:Base": "there is no module app.bsae; did you mean 'base'?",
    "app.base:Bsae": "app.base defines no Bsae; did you mean 'Base'?",
    "app.base:engine.Base": "app.base defines no engine; check its name",
    "app:Base": "",
    "app.base:Base": "",
    "app.user:Base": "",
    "app.lazy:Anything": "",
    "sqlmodel:SQLModel": "",
}


@pytest.mark.parametrize(("spec", "problem"), TYPOS.items(), ids=TYPOS)
def test_models_that_the_project_does_not_have_are_refused(
    project: Any, spec: str, problem: str
) -> None:
    project(app__base=BASE, app__user=USER, app__lazy="def __getattr__(name): ...\n")
    outcome = run("init", "--models", spec, "--no-workflow")
    assert outcome.returncode == (2 if problem else 0), outcome.stderr
    assert f"--models {spec}: {problem}" in outcome.stderr or not problem
    assert Path("config/drift.yaml").exists() is not bool(problem)


def test_a_module_that_is_nowhere_is_noted(project: Any) -> None:
    folder = project(app__base=BASE)
    outcome = run("init", "--models", "ap.base:Base", "--no-workflow")
    assert outcome.returncode == 0
    assert (
        f"the module ap is neither in {folder} nor installed; check --models ap.base:Base"
        in outcome.stderr
    )
