"""Every fixture in `located/` says in trailing comments what each of its lines declares."""

import contextlib
import importlib.util
import py_compile
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
import sqlalchemy.orm

from drift.model import Location
from drift.sources.models.locations import Locator
from drift.sources.models.recorder import recording

HERE = Path(__file__).parent
TWO = sa.__version__ >= "2"
Load = Callable[..., ModuleType]


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


def locator(*modules: ModuleType, root: Path = HERE) -> Locator:
    tables = [table for module in modules for table in module.metadata.tables.values()]
    return Locator(tables, root)


def located(module: ModuleType) -> dict[str, int]:
    """Return the line that is found for each table and column that has one."""
    where = locator(module)
    found = {name: where.table(table) for name, table in module.metadata.tables.items()}
    for name, table in module.metadata.tables.items():
        found |= {f"{name}.{c.name}": where.column(table, c.name) for c in table.columns}
    files = {place.file for place in found.values() if place}
    assert files == {Path(str(module.__file__)).relative_to(HERE).as_posix()}
    return {name: place.line for name, place in found.items() if place}


def marked(module: ModuleType) -> dict[str, int]:
    lines = Path(str(module.__file__)).read_text().splitlines()
    return {
        name: number
        for number, line in enumerate(lines, start=1)
        if (comment := re.search(r"# -> (.*)", line))
        for name in comment[1].split(", ")
    }


@pytest.mark.parametrize("name", ["declarative", "inherited", "tables", "later", "repeated"])
def test_declarations_are_found_where_they_are(name: str, load: Load) -> None:
    module = load(HERE / "located" / f"{name}.py")

    assert located(module) == marked(module)


@pytest.mark.skipif(not TWO, reason="Mapped and mapped_column came with SQLAlchemy 2")
def test_annotated_declarations_are_found_where_they_are(load: Load) -> None:
    module = load(HERE / "located" / "annotated.py")

    assert located(module) == marked(module)


@pytest.mark.skipif(not hasattr(sa.orm, "Unmapped"), reason="Unmapped came with SQLAlchemy 2.1")
def test_unmapped_columns_are_found_where_they_are(load: Load) -> None:
    module = load(HERE / "located" / "unmapped.py")

    assert located(module) == marked(module)


def test_sqlmodel_fields_are_found_where_they_are(load: Load) -> None:
    pytest.importorskip("sqlmodel")
    module = load(HERE / "located" / "fields.py")

    assert located(module) == marked(module)


def test_a_mixin_of_another_file_is_found_there(write: Load, tmp_path: Path) -> None:
    write("mixins", "import sqlalchemy as sa\nclass Owned:\n    owner = sa.Column(sa.Integer)\n")
    module = write(
        "owned",
        "import sqlalchemy as sa\nfrom sqlalchemy.orm import declarative_base\n"
        "from located_mixins import Owned\nBase = declarative_base()\nmetadata = Base.metadata\n"
        "class Car(Owned, Base):\n"
        "    __tablename__ = 'cars'\n    id = sa.Column(sa.Integer, primary_key=True)\n",
    )
    where = locator(module, root=tmp_path)
    cars = module.metadata.tables["cars"]

    assert where.column(cars, "owner") == Location("mixins.py", 3)
    assert where.column(cars, "id") == Location("owned.py", 8)


def test_a_column_that_no_model_declares_is_placed_at_its_table(load: Load) -> None:
    module = load(HERE / "located" / "later.py")
    pets = module.metadata.tables["pets"]

    assert locator(module).column(pets, "nowhere") == locator(module).table(pets)


def test_a_name_that_postgresql_cut_is_found(write: Load, tmp_path: Path) -> None:
    module = write("long", _table("long", f"sa.Column('{'x' * 70}', sa.Integer),"))
    table = module.metadata.tables["long"]

    assert locator(module, root=tmp_path).column(table, "x" * 63) == Location("long.py", 5)


def test_a_file_outside_of_the_root_keeps_its_absolute_path(write: Load, tmp_path: Path) -> None:
    module = write("away", _table("away"))

    place = locator(module).table(module.metadata.tables["away"])

    assert place == Location((tmp_path / "away.py").as_posix(), 3)


def test_a_root_that_is_reached_by_a_link_is_the_same_root(write: Load, tmp_path: Path) -> None:
    module = write("linked", _table("linked"))
    link = tmp_path / "link"
    link.symlink_to(tmp_path)

    place = locator(module, root=link).table(module.metadata.tables["linked"])

    assert place == Location("linked.py", 3)


def test_the_root_defaults_to_the_working_directory(
    write: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = write("default", _table("default"))
    monkeypatch.chdir(tmp_path)

    where = Locator(module.metadata.tables.values())

    assert where.table(module.metadata.tables["default"]) == Location("default.py", 3)


def _table(name: str, column: str = "sa.Column('id', sa.Integer),", options: str = "") -> str:
    """Return a module that makes a table in a function, so that no global holds it."""
    return (
        "import sqlalchemy as sa\nmetadata = sa.MetaData()\n"
        f"def make(): sa.Table('{name}', metadata,\n\n    {column} {options})\nmake()\n"
    )


def test_of_two_tables_with_one_name_the_columns_tell_which_is_meant(
    write: Load, tmp_path: Path
) -> None:
    other = write("other", _table("same", "sa.Column('elsewhere', sa.Integer),"))
    module = write("module", _table("same"))
    where = locator(other, module, root=tmp_path)

    assert where.table(module.metadata.tables["same"]) == Location("module.py", 3)
    assert where.table(other.metadata.tables["same"]) == Location("other.py", 3)


def test_of_two_tables_with_one_name_the_schema_tells_which_is_meant(
    write: Load, tmp_path: Path
) -> None:
    other = write("other", _table("same", options="schema='other'"))
    module = write("module", _table("same", options="schema='module'"))
    where = locator(other, module, root=tmp_path)

    assert where.table(module.metadata.tables["module.same"]) == Location("module.py", 3)
    assert where.table(other.metadata.tables["other.same"]) == Location("other.py", 3)


def test_of_two_tables_with_one_name_a_global_tells_which_is_meant(
    write: Load, tmp_path: Path
) -> None:
    text = "import sqlalchemy as sa\nmetadata = sa.MetaData()\nsame = sa.Table('same', metadata)\n"
    other, module = write("other", text), write("module", "\n" + text)
    where = locator(other, module, root=tmp_path)

    assert where.table(module.metadata.tables["same"]) == Location("module.py", 4)
    assert where.table(other.metadata.tables["same"]) == Location("other.py", 3)


def test_two_tables_that_their_source_cannot_tell_apart_have_lines_of_their_own(
    write: Load, tmp_path: Path
) -> None:
    other, module = write("other", _table("same", "")), write("module", _table("same", ""))
    where = locator(other, module, root=tmp_path)

    assert where.table(module.metadata.tables["same"]) == Location("module.py", 3)
    assert where.table(other.metadata.tables["same"]) == Location("other.py", 3)


def test_a_table_below_the_root_is_preferred_to_one_of_a_library(
    write: Load, tmp_path: Path
) -> None:
    library = write("library", _table("same"))
    (tmp_path / "app").mkdir()
    module = write("app/module", _table("same"))
    where = locator(library, module, root=tmp_path / "app")

    assert where.table(module.metadata.tables["same"]) == Location("module.py", 3)


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
        b"class Car(:\n",
        b"class Car:\0",
        b"x = " + b"(" * 5000,
        b"x = " + b"-" * 50000 + b"1",
        b"",
    ],
    ids=["gone", "half", "not utf-8", "no codec", "syntax", "null", "nested", "deep", "empty"],
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


def test_mappers_that_cannot_be_configured_stay_unconfigured(load: Load) -> None:
    module = load(HERE / "located" / "declarative.py")

    located(module)

    assert not module.Broken.__mapper__.configured


def test_importing_the_locator_does_not_import_sqlalchemy() -> None:
    code = "import sys, drift.sources.models.locations; assert 'sqlalchemy' not in sys.modules"

    subprocess.run([sys.executable, "-c", code], check=True)


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
