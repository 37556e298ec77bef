"""Names that are SQLAlchemy's quoted_name, or any other subclass of str, end up as plain text."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.sql.elements import quoted_name

from drift.formats import FORMATS, Options, resolve
from drift.kinds import KINDS
from drift.report.report import Report
from drift.sources.models.loader import Models
from tests.servers import Database, create_all
from tests.system.checking import check


class Name(str):
    """A name of a project's own class."""

    __slots__ = ()


def quoted(text: str) -> str:
    return quoted_name(text, quote=True)


def metadata(name: Any) -> sa.MetaData:
    """Return a table of every kind of object, all named by a subclass of str."""
    result = sa.MetaData(schema=name("shop"))
    sa.Table(
        name("t"),
        result,
        sa.Column(name("id"), sa.Integer, sa.Identity(), primary_key=True),
        sa.Column(
            name("kind"), sa.Enum(name("a"), name("b"), name=name("kind"), schema=name("shop"))
        ),
        sa.Column(
            name("note"), sa.String(collation="C"), server_default=name("x"), comment=name("c")
        ),
        sa.Column(name("n"), sa.Integer, sa.Sequence(name("s"), metadata=result)),
        sa.UniqueConstraint("note", name=name("uq")),
        sa.CheckConstraint("n > 0", name=name("ck")),
        sa.ForeignKeyConstraint(["n"], [f"{name('shop')}.t.id"], name=name("fk")),
        ExcludeConstraint((sa.column("n"), "="), using="btree", name=name("ex")),
        sa.Index(name("ix"), "note", postgresql_include=[name("n")]),
        comment=name("of t"),
    )
    return result


def texts(value: Any) -> set[type]:
    """Return the types of all texts in a value."""
    if isinstance(value, str):
        return {type(value)}
    if isinstance(value, msgspec.Struct):
        return texts(msgspec.structs.astuple(value))
    if isinstance(value, dict):
        return texts(tuple(value.items()))
    if isinstance(value, tuple | list | frozenset):
        return {type_ for item in value for type_ in texts(item)}
    return set()


@pytest.mark.parametrize("name", [quoted, Name])
def test_declared_objects_hold_plain_texts(name: Any) -> None:
    declared = Models("test", [metadata(name)]).declare("public", 180000)
    assert texts(declared.objects) == {str}
    of_metadata = {kind.name for kind in KINDS if not kind.is_optional}
    empty = {kind for kind, items in declared.objects.items() if not items}
    assert empty & of_metadata <= {"domain"}


@pytest.mark.parametrize("name", [quoted, Name])
def test_drift_in_such_names_is_reported_in_every_format(database: Database, name: Any) -> None:
    database.execute("CREATE SCHEMA shop")
    create_all(metadata(str), database.url)
    assert check(database.url, metadata(name)).in_sync
    database.execute(
        "ALTER TYPE shop.kind RENAME VALUE 'b' TO 'c'; ALTER TABLE shop.t DROP note; "
        "DROP SEQUENCE shop.s; ALTER TABLE shop.t DROP CONSTRAINT ck, DROP CONSTRAINT fk"
    )
    outcome = check(database.url, metadata(name))
    rules = {finding.rule for finding in outcome.findings}
    assert rules >= {"enum-mismatch", "missing-column", "missing-sequence", "missing-check"}
    for format_ in FORMATS.keys() - {"prometheus"}:  # it counts, and names no object
        assert "note" in resolve(format_)(Report(checks=(outcome,)), Options(verbose=True))
