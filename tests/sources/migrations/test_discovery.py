"""The environment is the one that Alembic itself finds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from drift.config import Migrations
from drift.errors import UsageError
from drift.sources.migrations.discovery import Environment, find
from tests.sources.migrations.projects import write

LOCATIONS = "script_location = db\nversion_locations = "
CASES: dict[str, dict[str, str]] = {
    "the folder of the command": {"alembic.ini": "[alembic]\nscript_location = db\n"},
    "here": {"alembic.ini": "[alembic]\nscript_location = %(here)s/db\n"},
    "a value of the file's own": {
        "alembic.ini": "[alembic]\nname = db\nscript_location = %(here)s/%(name)s\n"
    },
    "the section DEFAULT": {"alembic.ini": "[DEFAULT]\nscript_location = db\n[alembic]\n"},
    "a package": {"alembic.ini": "[alembic]\nscript_location = app.data:db\n"},
    "spaces": {"alembic.ini": f"[alembic]\n{LOCATIONS}a  b\n"},
    "commas": {"alembic.ini": f"[alembic]\n{LOCATIONS}a, b\n"},
    "os": {"alembic.ini": f"[alembic]\n{LOCATIONS}a:b\nversion_path_separator = os\n"},
    "a space": {"alembic.ini": f"[alembic]\n{LOCATIONS}a b\npath_separator = space\n"},
    "a newline": {"alembic.ini": f"[alembic]\n{LOCATIONS}\n  a\n  b\npath_separator = newline\n"},
    "a semicolon": {"alembic.ini": f"[alembic]\n{LOCATIONS}a;b\npath_separator = ;\n"},
    "a colon": {"alembic.ini": f"[alembic]\n{LOCATIONS}%(here)s/a:b\npath_separator = :\n"},
    "a package's versions": {
        "alembic.ini": f"[alembic]\n{LOCATIONS}app.data:db/versions a\npath_separator = space\n"
    },
    "recursive": {
        "alembic.ini": "[alembic]\nscript_location = db\nrecursive_version_locations = true\n"
    },
    "a word that Alembic takes for false": {
        "alembic.ini": "[alembic]\nscript_location = db\nrecursive_version_locations = True\n"
    },
    "pyproject.toml": {"pyproject.toml": "[tool.alembic]\nscript_location = '%(here)s/db'\n"},
    "lists in pyproject.toml": {
        "pyproject.toml": "[tool.alembic]\nscript_location = 'db'\nversion_locations = "
        "['%(here)s/a', 'b']\nrecursive_version_locations = true\n"
    },
    "a key of another form": {
        "pyproject.toml": "[tool.alembic]\nscript_location = 'db'\nx = '%'\ny = {z = '%(here)s'}\n"
    },
    "both files": {
        "alembic.ini": "[alembic]\nsqlalchemy.url = x\n",
        "pyproject.toml": "[tool.alembic]\nscript_location = 'db'\n",
    },
    "a key in both files": {
        "alembic.ini": "[alembic]\nscript_location = db\n",
        "pyproject.toml": "[tool.alembic]\nscript_location = 'a'\nversion_locations = ['b']\n",
    },
}
FOLDERS = ("db/versions/below", "app/data/db/versions", "a", "b", "src")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in FOLDERS:
        (tmp_path / name).mkdir(parents=True)
    write(tmp_path, {"app/__init__.py": "", "app/data/__init__.py": "", "db/env.py": ""})
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("ALEMBIC_CONFIG", raising=False)
    return tmp_path


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_the_folders_are_alembics(home: Path, files: dict[str, str]) -> None:
    write(home, files)
    directory = ScriptDirectory.from_config(Config("alembic.ini", "pyproject.toml"))
    environment = of(home)
    assert environment.folder == Path(directory.dir).absolute()
    assert [*environment.versions] == [*directory._version_locations]
    assert environment.recursive == directory.recursive_version_locations
    assert environment.root == home
    assert (environment.ini is not None) == ("alembic.ini" in files)
    assert (environment.toml is not None) == ("pyproject.toml" in files)


def of(*folders: Path, **migrations: Any) -> Environment:
    environment = find(folders, Migrations(**migrations))
    assert environment is not None
    return environment


NONE: dict[str, dict[str, str]] = {
    "nothing": {},
    "no script_location": {"alembic.ini": "[alembic]\nx = 1\n", "pyproject.toml": "[tool.x]\n"},
    "another section": {"alembic.ini": "[one]\nscript_location = db\n"},
    "a folder that does not exist": {"alembic.ini": "[alembic]\nscript_location = gone\n"},
    "no ini file": {"alembic.ini": "script_location = db\n"},
    "no TOML": {"pyproject.toml": "[tool.alembic]\nscript_location = db\n"},
    "no table": {"pyproject.toml": "[tool]\nalembic = 1\n"},
    "a value that refers to nothing": {"alembic.ini": "[alembic]\nscript_location = %(x)s/db\n"},
    "a separator that is none": {
        "alembic.ini": f"[alembic]\n{LOCATIONS}a\npath_separator = comma\n"
    },
    "text that is no path": {"alembic.ini": f"[alembic]\nscript_location = {'x' * 5000}\n"},
}


@pytest.mark.parametrize("files", NONE.values(), ids=NONE)
def test_a_project_without_a_usable_environment_has_none(home: Path, files: dict[str, str]) -> None:
    write(home, files)
    assert find((home, home / "none"), Migrations()) is None


def test_flask_migrates_file_is_in_its_folder(home: Path) -> None:
    write(home, {"migrations/alembic.ini": "[alembic]\n", "migrations/env.py": ""})
    environment = of(home)
    assert environment.folder == home / "migrations"
    assert environment.versions == (home / "migrations" / "versions",)
    assert environment.root == home


def test_the_first_folder_wins(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    for folder in (home, other):
        write(
            folder, {"alembic.ini": "[alembic]\nscript_location = %(here)s/db\n", "db/env.py": ""}
        )
    assert of(other, home).folder == other / "db"
    assert of(other / "none", home).folder == home / "db"


def test_the_variable_of_alembic_names_the_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, {"alembic.ini": "[alembic]\nscript_location = db\n"})
    write(home, {"other.ini": "[alembic]\nscript_location = a\n"})
    write(home, {"b/pyproject.toml": "[tool.alembic]\nscript_location = 'b'\n"})
    for name, folder in (("other.ini", "a"), ("b/pyproject.toml", "b"), ("gone.ini", "db")):
        monkeypatch.setenv("ALEMBIC_CONFIG", name)
        assert of(home).folder == home / folder


NAMED: dict[str, tuple[dict[str, Any], str]] = {
    "a file": ({"config": "conf/own.ini"}, "a"),
    "a section": ({"config": "conf/own.ini", "section": "other"}, "b"),
    "a section alone": ({"section": "second"}, "b"),
    "a folder with env.py": ({"config": "db"}, "db"),
    "a folder with alembic.ini": ({"config": "conf"}, "app"),
    "pyproject.toml": ({"config": "conf/pyproject.toml"}, "src"),
    "a file beside env.py, whose location is of another folder": (
        {"config": "conf/built.ini"},
        "conf",
    ),
}


@pytest.mark.parametrize(("migrations", "folder"), NAMED.values(), ids=NAMED)
def test_the_configuration_names_the_environment(
    home: Path, migrations: dict[str, Any], folder: str
) -> None:
    write(home, {
        "alembic.ini": "[alembic]\nscript_location = db\n[second]\nscript_location = b\n",
        "conf/own.ini": "[alembic]\nscript_location = a\n[other]\nscript_location = b\n",
        "conf/alembic.ini": "[alembic]\nscript_location = app\n",
        "conf/pyproject.toml": "[tool.alembic]\nscript_location = 'src'\n",
        "conf/built.ini": "[alembic]\nscript_location = src/shop/migrations\n",
        "conf/env.py": "",
    })  # fmt: skip
    if migrations.get("config") == "conf/pyproject.toml":
        (home / "conf/alembic.ini").unlink()
    assert of(home, **migrations).folder == home / folder


REFUSED = [
    ("gone.ini", "migrations.config: gone.ini does not exist"),
    ("a", "migrations.config: the folder a has no env.py"),
    ("empty.ini", r"migrations.config: empty.ini has no script_location in \[alembic\]"),
    ("pyproject.toml", r"pyproject.toml has no script_location in \[tool.alembic\]"),
    ("broken.ini", "migrations.config: broken.ini: File contains no section headers"),
    ("nowhere.ini", "the folder .*/gone of script_location does not exist"),
]


@pytest.mark.parametrize(("config", "message"), REFUSED)
def test_an_environment_that_cannot_be_used_is_an_error(
    home: Path, config: str, message: str
) -> None:
    write(home, {
        "empty.ini": "[x]\n",
        "pyproject.toml": "[tool.x]\n",
        "broken.ini": "script_location = db",
        "nowhere.ini": "[alembic]\nscript_location = gone\n",
    })  # fmt: skip
    with pytest.raises(UsageError, match=message) as problem:
        of(home, config=config)
    assert re.search(r"\n", str(problem.value)) is None


TABLES: dict[str, tuple[str, str, tuple[tuple[str, ...], tuple[str, ...], bool]]] = {
    "nothing": ("", "context.configure(connection=c)", (("alembic_version",), (), False)),
    "a literal": ("", "context.configure(version_table='own')", (("own",), (), False)),
    "both": (
        "", "context.configure(version_table='own', version_table_schema='s')",
        (("own",), ("s",), False),
    ),
    "a constant": ("", "T: str = 'own'\nf(version_table=T)", (("own",), (), False)),
    "a constant that changes": ("", "T = 'a'\nT = 'b'\nf(version_table=T)",
                                (("alembic_version",), (), True)),
    "a dictionary": ("", "f(**{'version_table_schema': 's'})",
                     (("alembic_version",), ("s",), False)),
    "an item": ("", "kw['version_table'] = 'own'", (("own",), (), False)),
    "None": ("", "f(version_table_schema=None)", (("alembic_version",), (), False)),
    "two": ("", "f(version_table='a')\nf(version_table='b')", (("a", "b"), (), False)),
    "worked out": ("", "f(version_table=settings.X)", (("alembic_version",), (), True)),
    "worked out, a schema": ("", "f(version_table_schema=s())", (("alembic_version",), (), True)),
    "alembic.ini": ("version_table = own", "f(version_table=config.get_main_option('x'))",
                    (("own",), (), False)),
    "no Python": ("", "x = (", (("alembic_version",), (), True)),
}  # fmt: skip


@pytest.mark.parametrize(("ini", "env", "expected"), TABLES.values(), ids=TABLES)
def test_the_version_table_is_the_one_of_env_py(
    home: Path, ini: str, env: str, expected: tuple[Any, ...]
) -> None:
    write(home, {"alembic.ini": f"[alembic]\nscript_location = db\n{ini}\n", "db/env.py": env})
    table = of(home).table
    assert (table.names, table.schemas, table.open) == expected
