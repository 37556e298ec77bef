"""Models are found whatever holds their metadata."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Enum, Integer, MetaData, Table

from drift.errors import ModelsError
from drift.sources.models.loader import Models, load
from tests.versions import sqlmodel

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Return a function that writes a module of a project; the project is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    path = list(sys.path)

    def write(name: str, text: str) -> None:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))

    yield write
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if name.split(".")[0] in {"shop", "other"}:
            del sys.modules[name]


def names(models: Models) -> set[tuple[str | None, str]]:
    return set(models.tables)


BASE = """
from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy.orm import declarative_base, registry
metadata = MetaData()
Table("plain", metadata, Column("id", Integer))
Base = declarative_base()
class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
mapped = registry(metadata=metadata)
both = [Base, metadata]
def make():
    return Base
class Db:
    metadatas = {None: metadata, "second": Base.metadata}
db = Db()
class holder:
    inner = Base
empty = MetaData()
number = 5
def broken():
    raise ValueError("no")
"""


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("shop:metadata", {"plain"}),
        ("shop:Base", {"users"}),
        ("shop:mapped", {"plain"}),
        ("shop:both", {"plain", "users"}),
        ("shop:make", {"users"}),
        ("shop:db", {"plain", "users"}),
        ("shop:holder.inner", {"users"}),
    ],
)
def test_every_holder_of_metadata(write: Write, spec: str, expected: set[str]) -> None:
    write("shop.py", BASE)
    assert {name for _, name in names(load([spec]))} == expected


@pytest.mark.parametrize("version", ["1.3.24", "1.3.0b1", "0.9.10"])
def test_an_old_sqlalchemy_is_said_to_be_too_old(
    write: Write, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    write("shop.py", BASE)
    monkeypatch.setattr("sqlalchemy.__version__", version)
    with pytest.raises(ModelsError, match=rf"{version} is too old: drift supports 1\.4 to 2\.1"):
        load(["shop:Base"])


@pytest.mark.parametrize("version", ["1.4.54", "2.1.9", "1.40.0", "3.0"])
def test_other_versions_are_tried(
    write: Write, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    write("shop.py", BASE)
    monkeypatch.setattr("sqlalchemy.__version__", version)
    assert load(["shop:Base"]).tables


def test_several_specs_are_one_declaration(write: Write) -> None:
    write("shop.py", BASE)
    models = load(["shop:Base", "shop:metadata", "shop:both"])
    assert {name for _, name in names(models)} == {"plain", "users"}
    assert models.name == "shop:Base, shop:metadata, shop:both"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("shop:empty", "holds no tables"),
        ("shop:number", "int holds no metadata"),
        ("shop:broken", r"models shop:broken: shop.py:\d+: ValueError \(its message may hold"),
        ("shop:Bse", "did you mean 'Base'"),
        ("shop:nothing_like_it", "no attribute 'nothing_like_it'"),
        ("shop", "write package.module:attribute, such as app.models:Base"),
        ("shop.Base", "'shop.Base' does not name models; did you mean shop:Base?"),
        ("shop.db", "did you mean shop:db?"),
        ("shop.py:Base", "did you mean shop:Base?"),
        ("shop/inner.py:Base", "did you mean shop.inner:Base?"),
        ("no such:", "write package.module:attribute"),
    ],
)
def test_what_holds_none_is_said(write: Write, spec: str, message: str) -> None:
    write("shop.py", BASE)
    with pytest.raises(ModelsError, match=message):
        load([spec])


def test_packages_are_imported_with_all_below_them(write: Write) -> None:
    write("shop/__init__.py", "")
    write("shop/base.py", "from sqlalchemy.orm import declarative_base\nBase = declarative_base()")
    model = """
    from sqlalchemy import Column, Integer
    from shop.base import Base
    class Model(Base):
        __tablename__ = __name__.split(".")[-1]
        id = Column(Integer, primary_key=True)
    """
    write("shop/models/__init__.py", "")
    write("shop/models/user.py", model)
    write("shop/models/deep/__init__.py", "")
    write("shop/models/deep/order.py", model)
    write("shop/models/__main__.py", "raise SystemExit('never to be run')")
    assert names(load(["shop.base:Base"], ["shop.models"])) == {(None, "user"), (None, "order")}


def test_an_import_below_a_package_that_fails_is_located(write: Write) -> None:
    write("shop/__init__.py", "")
    write("shop/good.py", "x = 1")
    write("shop/inner/__init__.py", "import nothing_of_that_name")
    with pytest.raises(ModelsError, match=r"shop.inner: shop/inner/__init__.py:1: ModuleNotFound"):
        load(["shop:x"], ["shop"])


def test_two_bases_may_declare_a_table_alike(write: Write) -> None:
    write("shop.py", BASE)
    write("other.py", BASE)
    declared = load(["shop:Base", "other:Base"]).declare("public", 180000)
    assert [(table.schema, table.name) for table in declared.objects["table"]] == [
        ("public", "users")
    ]
    assert len(declared.objects["column"]) == 1


def test_two_bases_that_declare_a_table_in_two_ways_are_refused(write: Write) -> None:
    write("shop.py", BASE)
    write("other.py", BASE.replace("id = Column(Integer,", "id = Column(Text,").replace(
        "Integer,", "Integer, Text,", 1))  # fmt: skip
    with pytest.raises(ModelsError, match=r"the column public\.users\.id differently"):
        load(["shop:Base", "other:Base"]).declare("public", 180000)


def test_what_a_project_prints_is_no_part_of_the_report(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("shop.py", "print('hello')\n" + textwrap.dedent(BASE))
    load(["shop:Base"])
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "hello\n")


@sqlmodel
def test_sqlmodel_metadata_is_read(write: Write) -> None:
    write(
        "shop.py",
        """
        import sqlalchemy
        from sqlmodel import Field, SQLModel

        class Base(SQLModel):
            metadata = sqlalchemy.MetaData()

        class Hero(Base, table=True):
            id: int | None = Field(default=None, primary_key=True)
            name: str
        """,
    )
    declared = load(["shop:Base"]).declare("public", 180000)
    [column] = [column for column in declared.objects["column"] if column.name == "name"]
    assert (column.table, column.type, column.nullable) == ("hero", "character varying", False)


def test_what_was_declared_is_kept_for_servers_that_are_alike() -> None:
    import sqlalchemy as sa

    from drift.sources.models.loader import KEPT, Models

    metadata = sa.MetaData()
    sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True))
    models = Models("test", (metadata,))
    first = models.declare("public", 180000)
    assert models.declare("public", 180000) is first
    assert models.declare("app", 180000).objects["table"][0].schema == "app"
    assert models.declare("public", 180000, ["more"]).managed_schemas == {"public", "more"}
    for number in range(KEPT):
        models.declare(f"tenant_{number}", 180000)
    assert models.declare("public", 180000) == first
    assert models.declare("public", 180000) is not first


def test_a_column_that_was_added_after_a_look_at_the_models_is_declared() -> None:
    """An application keeps its models for long, and may extend them before the check."""
    metadata = MetaData()
    table = Table("users", metadata, Column("id", Integer, primary_key=True))
    models = Models("shop", [metadata])
    assert models.schemas == (None,)
    table.append_column(Column("mood", Enum("glad", name="mood"), unique=True))
    objects = models.declare("public", 180000).objects
    assert [column.name for column in objects["column"]] == ["id", "mood"]
    assert [enum.name for enum in objects["enum"]] == ["mood"]
    assert [each.columns for each in objects["unique"]] == [("mood",)]
