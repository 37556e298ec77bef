"""Class bodies are read if no line was recorded; a file that cannot be read declares nothing."""

import importlib
import py_compile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from drift.model import Location
from drift.sources.models.recorder import recording
from drift.sources.models.source_file import SourceFile
from tests.sources.models.locating import Load, locator

CLASS = """import sqlalchemy as sa
from sqlalchemy.orm import declarative_base
Base = declarative_base()
metadata = Base.metadata
class Car(Base):
    __tablename__ = 'cars'
    id = sa.Column(sa.Integer, primary_key=True)
sa.Table('plain', metadata, sa.Column('id', sa.Integer))
"""


def test_a_recorded_line_of_a_file_that_is_gone_gives_no_location(
    write: Load, tmp_path: Path
) -> None:
    module = write("gone", CLASS)
    (tmp_path / "gone.py").unlink()

    assert _unlocated(module)


def _unlocated(module: ModuleType) -> bool:
    where = locator(module)
    tables = module.metadata.tables.values()
    return all(where.table(t) is None and where.column(t, "id") is None for t in tables)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"# coding: latin-1\nclass Car: '\xe9",
        b"class Car: '\xff'",
        b"# coding: nonsense\nclass Car: pass",
        b"# coding: hex\nclass Car: pass",
        b"class Car(:\n",
        b"class Car:\0",
        b"x = " + b"(" * 5000,
        b"x = " + b"-" * 50000 + b"1",
        b"",
    ],
    ids=[
        "gone",
        "half",
        "not utf-8",
        "no codec",
        "bytes",
        "syntax",
        "null",
        "nested",
        "deep",
        "empty",
    ],
)
def test_a_source_that_cannot_be_read_gives_no_location(
    write: Load, tmp_path: Path, content: bytes | None
) -> None:
    module = write("broken", CLASS, record=False)
    path = tmp_path / "broken.py"
    path.unlink() if content is None else path.write_bytes(content)

    assert _unlocated(module)


def test_a_module_in_a_zip_file_gives_no_location(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr("located_zipped.py", CLASS)
    monkeypatch.syspath_prepend(str(tmp_path / "app.zip"))

    with recording():
        module = importlib.import_module("located_zipped")

    assert _unlocated(module)


def test_a_module_without_source_gives_no_location(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source.py"
    source.write_text(CLASS)
    py_compile.compile(str(source), cfile=str(tmp_path / "located_compiled.pyc"))
    source.unlink()
    monkeypatch.syspath_prepend(str(tmp_path))

    with recording():
        module = importlib.import_module("located_compiled")

    assert _unlocated(module)


def test_models_that_were_typed_in_give_no_location() -> None:
    module = ModuleType("located_typed_in")
    exec(CLASS, vars(module))

    assert _unlocated(module)


def test_other_encodings_and_warnings_of_a_source_are_no_obstacle(
    tmp_path: Path, load: Load, recwarn: pytest.WarningsRecorder
) -> None:
    path = tmp_path / "latin.py"
    path.write_bytes(b"# coding: latin-1\n" + CLASS.encode() + b"note = '\xe9'\n")
    module = load(path)
    path.write_bytes(path.read_bytes() + b"pattern = '\\d'\n")

    where = locator(module, root=tmp_path)

    assert where.table(module.metadata.tables["cars"]) == Location("latin.py", 6)
    assert not recwarn


def test_a_long_sum_of_strings_is_no_obstacle(write: Load, tmp_path: Path) -> None:
    module = write("long", CLASS + "text = " + " + ".join(["'x'"] * 900) + "\n")

    place = locator(module, root=tmp_path).table(module.metadata.tables["cars"])

    assert place == Location("long.py", 5)


def test_nothing_is_read_before_a_location_is_asked(write: Load, tmp_path: Path) -> None:
    module = write("lazy", CLASS, record=False)
    where = locator(module, root=tmp_path)
    (tmp_path / "lazy.py").write_text("\n" + CLASS)
    cars = module.metadata.tables["cars"]

    assert where.table(cars) == Location("lazy.py", 6)

    (tmp_path / "lazy.py").unlink()

    assert where.column(cars, "id") == Location("lazy.py", 8)


BEFORE = """import sqlalchemy as sa
from sqlalchemy.orm import declarative_base
Base = declarative_base()
metadata = Base.metadata
class Owned:
    owner = sa.Column(sa.Integer)
class Car(Owned, Base):
    __tablename__ = 'cars'
    id = sa.Column(sa.Integer, primary_key=True)
    kind = sa.Column("type", sa.Integer)
Car.later = sa.Column(sa.Integer)
plain = sa.Table('plain', metadata, sa.Column('id', sa.Integer))
class Twice(Base):
    __tablename__ = 'first'
    id = sa.Column(sa.Integer, primary_key=True)
Other = declarative_base(metadata=metadata)
class Twice(Other):
    __tablename__ = 'second'
    id = sa.Column(sa.Integer, primary_key=True)
"""


def test_models_that_were_imported_before_are_found_by_their_classes(
    write: Load, tmp_path: Path
) -> None:
    module = write("early", BEFORE, record=False)
    where, tables = locator(module, root=tmp_path), module.metadata.tables

    lines = {name: where.column(tables["cars"], name) for name in ("owner", "id", "type", "later")}

    assert where.table(tables["cars"]) == Location("early.py", 7)
    assert {name: place and place.line for name, place in lines.items()} == {
        "owner": 6, "id": 9, "type": 10, "later": 7,
    }  # fmt: skip


def test_models_that_were_imported_before_have_no_line_that_could_be_wrong(
    write: Load, tmp_path: Path
) -> None:
    module = write("early", BEFORE, record=False)
    where, tables = locator(module, root=tmp_path), module.metadata.tables

    assert where.table(tables["plain"]) is None
    assert {where.table(tables["first"]), where.table(tables["second"])} in (
        {None},
        {Location("early.py", 13), Location("early.py", 17)},  # from Python 3.13 on
    )


BODY = '''class Car(Base):
    """A car
with a text."""
    id = key()

    name = key()

    class Wheel:
        size = key()
@decorated
class Bus(
    Base,
):
    id = key()
def key():
    return sa.Column()
\tclass Tab(Base):
\t    id = key()
'''


@pytest.mark.parametrize(("line", "first", "expected"), [
    (4, 1, False),  # not known: the second line of the text could end the class
    (9, 8, True),
    (14, 11, False),  # not known: the bracket could end it
    (16, 1, False),
    (18, 17, True),
    (8, 1, False),
    (1, 1, False),
    (99, 1, False),
])  # fmt: skip
def test_indents_tell_what_is_surely_in_a_class(
    line: int, first: int, expected: bool, tmp_path: Path
) -> None:
    (tmp_path / "body.py").write_text(BODY)
    assert SourceFile(tmp_path / "body.py").is_in_body(line, first) is expected


@pytest.mark.parametrize(("line", "name", "expected"), [
    (1, "Car", True), (1, "Ca", False), (8, "Wheel", True), (10, "Bus", False), (11, "Bus", True),
    (17, "Tab", True), (99, "Car", False), (5, "Car", False),
])  # fmt: skip
def test_a_class_begins_where_its_name_is(
    line: int, name: str, expected: bool, tmp_path: Path
) -> None:
    (tmp_path / "body.py").write_text(BODY)
    assert SourceFile(tmp_path / "body.py").begins_class(line, name) is expected


def test_a_file_is_not_parsed_for_lines_that_were_recorded(
    write: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recording():
        module = write("cars", CLASS)
    where = locator(module, root=tmp_path)
    monkeypatch.setattr("ast.parse", None)

    assert where.table(module.Car.__table__) == Location("cars.py", 5)
    assert where.column(module.Car.__table__, "id") == Location("cars.py", 7)
