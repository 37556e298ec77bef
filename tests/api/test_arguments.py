"""Models and options in every form, and what is wrong with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import registry

import drift
from drift.config import IgnoreEntry
from tests.api.shop import DRIFT, Base, User, create
from tests.servers import Database, create_all
from tests.versions import SQLALCHEMY


@pytest.fixture
def drifted(database: Database) -> Database:
    create(database).execute(DRIFT)
    return database


def models() -> dict[str, Any]:
    """Return one holder of the table `things` per kind of holder."""
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True))
    holders: dict[str, Any] = {
        "MetaData": metadata,
        "registry": registry(metadata=metadata),
        "base": registry(metadata=metadata).generate_base(),
        "list": [metadata, [sa.MetaData()]],
        "function": lambda: metadata,
        "loaded": drift.load_models(metadata),
    }
    if SQLALCHEMY >= (2, 0, 16):  # which Flask-SQLAlchemy needs
        holders |= flask()
    return holders


def flask() -> dict[str, Any]:
    """Return a db of Flask-SQLAlchemy and its application."""
    from flask import Flask
    from flask_sqlalchemy import SQLAlchemy

    app, db = Flask("shop"), SQLAlchemy()
    app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg:///shop"
    db.init_app(app)
    sa.Table("things", db.metadata, sa.Column("id", sa.Integer, primary_key=True))
    return {"db": db, "app": app}


def test_models_come_in_every_form(database: Database) -> None:
    database.execute("CREATE TABLE things (id serial PRIMARY KEY)")
    for name, holder in models().items():
        assert drift.check(holder, database.url).in_sync, name
        assert set(drift.load_models(holder).tables) == {(None, "things")}, name


def test_a_name_is_imported_from_pythons_path(
    database: Database, temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (temp / "shop_models.py").write_text(
        "import sqlalchemy as sa\nmetadata = sa.MetaData()\n"
        "sa.Table('things', metadata, sa.Column('id', sa.Integer, primary_key=True))\n"
    )
    with pytest.raises(drift.DriftError, match=r"no module 'shop_models' on sys.path"):
        drift.load_models("shop_models:metadata")
    monkeypatch.syspath_prepend(temp)
    path = list(sys.path)
    database.execute("CREATE TABLE things (id serial PRIMARY KEY, extra int)")
    (finding,) = drift.check("shop_models:metadata", database.url).findings
    assert finding.rule == "extra-column"
    assert sys.path == path
    del sys.modules["shop_models"]


def test_a_finding_has_the_line_of_the_model(drifted: Database) -> None:
    findings = drift.check(Base, drifted.url).findings
    assert drift.load_models(Base).name == "tests.api.shop:Base"
    (missing,) = [finding for finding in findings if finding.rule == "missing-column"]
    assert missing.location
    text = Path(missing.location.file).read_text().splitlines()[missing.location.line - 1]
    assert "mood" in text


@pytest.mark.parametrize(
    ("holder", "reason"),
    [
        (sa.MetaData(), "MetaData holds no tables"),
        (5, "int holds no metadata; name a declarative base"),
        ("nowhere.models:Base", "there is no module 'nowhere' on sys.path"),
        ("tests.api.shop:Bse", "has no attribute 'Bse'; did you mean 'Base'"),
        ("shop", "'shop' does not name models"),
        ([], "holds no tables"),
    ],
)
def test_what_is_no_models_is_a_clear_error(holder: Any, reason: str) -> None:
    with pytest.raises(drift.DriftError, match=reason):
        drift.load_models(holder)


ENTRY = {"rule": "extra-*", "object": "public.users", "reason": "known"}


@pytest.mark.parametrize(
    "ignore",
    [
        ["extra-column:public.users.extra", "missing-column:public.users"],
        [ENTRY, {**ENTRY, "rule": "missing-column"}],
        [IgnoreEntry(rule="*", object="public.users.*", reason="known")],
        [{**ENTRY, "until": "2999-12-31"}, "*:public.users.mood"],
        ("*:*",),
    ],
)
def test_ignored_differences_do_not_count(drifted: Database, ignore: Any) -> None:
    report = drift.check(User, drifted.url, ignore=ignore)
    assert report.in_sync
    assert len(report.checks[0].ignored) == 2
    drift.assert_no_drift(drifted.url, Base, ignore=ignore)


def test_an_entry_without_effect_is_noted_by_its_number(drifted: Database) -> None:
    ignore: list[Any] = ["*:public.users.extra", {**ENTRY, "object": "public.nothing"}]
    report = drift.check(Base, drifted.url, ignore=ignore)
    assert any(text.startswith("ignore[1]: the ignore entry") for text in report.checks[0].notes)


def test_severities_are_set_by_rule(drifted: Database) -> None:
    severity = {"missing-column": "info", "extra-*": "off"}
    report = drift.check(Base, drifted.url, severity=severity, name="shop")
    assert [finding.severity for finding in report.findings] == ["info"]
    assert report.checks[0].target == "shop"
    assert report.reaches("info")
    assert not report.reaches("warning")
    drift.assert_no_drift(drifted.url, Base, severity=severity)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            {"ignore": ["missing-colum:*"]},
            r"^ignore\[0\].rule: .*mean 'missing-column'\?$",
        ),
        ({"ignore": ["missing-column"]}, r"ignore\[0\].object: must not be empty"),
        ({"ignore": [{"rule": "*", "object": "*"}]}, r"ignore\[0\].reason: missing"),
        ({"ignore": "*:*"}, "ignore: expected a list"),
        ({"severity": {"missing-column": "fatal"}}, "severity.missing-column: 'fatal' is not"),
        ({"severity": {"missing": "off"}}, "severity.missing: unknown rule"),
        ({"fail_on": "fatal"}, "fail_on: 'fatal' is not one of error, warning, info"),
        ({"connect_timeout": "soon"}, "connect_timeout: expected a duration"),
        ({"statement_timeout": 0}, "statement_timeout: must be from 1ms to 60m"),
        ({"schemas": [object()]}, "schemas: holds a value of the type object"),
        ({"schemas": ["${HOME}"]}, 'schema "\\${HOME}" does not exist'),
    ],
)
def test_wrong_options_are_clear_errors(drifted: Database, options: Any, reason: str) -> None:
    with pytest.raises(drift.DriftError, match=reason):
        drift.assert_no_drift(drifted.url, Base, **options)


def test_an_unknown_option_is_a_type_error() -> None:
    for function in (drift.check, drift.compare, drift.guard, drift.assert_no_drift):
        call: Any = function
        with pytest.raises(TypeError, match="unexpected keyword argument 'ignroe'"):
            call("postgresql://", Base, ignroe=[])


def test_a_schema_of_the_options_is_compared(database: Database) -> None:
    database.execute("CREATE SCHEMA other; CREATE TABLE other.leftover ()")
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True))
    create_all(metadata, database.url)
    assert drift.check(metadata, database.url).in_sync
    report = drift.check(metadata, database.url, schemas=["other"])
    assert [finding.object.path for finding in report.findings] == ["other.leftover"]
