"""Every fixture in `located/` says in trailing comments what each of its lines declares."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
import sqlalchemy.orm

from drift.model import Location
from drift.sources.models.locations import Locator
from tests.sources.models.locating import HERE, Load, locator
from tests.versions import mapped, sqlmodel


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


@mapped
def test_annotated_declarations_are_found_where_they_are(load: Load) -> None:
    module = load(HERE / "located" / "annotated.py")

    assert located(module) == marked(module)


@pytest.mark.skipif(not hasattr(sa.orm, "Unmapped"), reason="Unmapped came with SQLAlchemy 2.1")
def test_unmapped_columns_are_found_where_they_are(load: Load) -> None:
    module = load(HERE / "located" / "unmapped.py")

    assert located(module) == marked(module)


@sqlmodel
def test_sqlmodel_fields_are_found_where_they_are(load: Load) -> None:
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


def test_code_without_a_file_has_no_line(write: Load) -> None:
    """The name that code is compiled with may be longer than any file's can be."""
    name = "a" * 10_000
    text = f"import sqlalchemy as sa\nmetadata = sa.MetaData()\nNAME = {name!r}\n"
    text += "make = \"sa.Table('made', metadata, sa.Column('id', sa.Integer))\"\n"
    module = write("compiled", text + "exec(compile(make, NAME, 'exec'))\n")
    table = module.metadata.tables["made"]

    assert locator(module).table(table) is None
    assert locator(module).column(table, "id") is None


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


def test_mappers_that_cannot_be_configured_stay_unconfigured(load: Load) -> None:
    module = load(HERE / "located" / "declarative.py")

    located(module)

    assert not module.Broken.__mapper__.configured


def test_importing_the_locator_does_not_import_sqlalchemy() -> None:
    code = "import sys, drift.sources.models.locations; assert 'sqlalchemy' not in sys.modules"

    subprocess.run([sys.executable, "-c", code], check=True)
