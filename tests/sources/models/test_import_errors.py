"""What fails when the models are imported names the user's line, and says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import command

SETTINGS = """
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    model_config = {{"env_prefix": "{prefix}"}}
    database_url: str
    api_token: str
    port: int = 5
settings = Settings()
"""
NAMED = SETTINGS.replace("import BaseSettings", "import BaseSettings\nfrom pydantic import Field")
NAMED = NAMED.replace("database_url: str", "database_url: str = Field(validation_alias='DB')")
NEEDED = "ValidationError: your settings need"
SET = "at import: set these environment variables"
OUTSIDE = f"in {sys.prefix}: install it there, or install drift into the project's own environment"
SECRET = "sk_live_4f9aQ"

CASES: dict[str, tuple[str, str]] = {
    "settings": (
        SETTINGS.format(prefix=""),
        f"app/inner.py:7: {NEEDED} DATABASE_URL and API_TOKEN {SET}",
    ),
    "settings with a prefix": (
        SETTINGS.format(prefix="shop_"),
        f"app/inner.py:7: {NEEDED} SHOP_DATABASE_URL and SHOP_API_TOKEN {SET}",
    ),
    "settings with an alias": (
        NAMED.format(prefix="shop_"),
        f"app/inner.py:8: {NEEDED} DB and SHOP_API_TOKEN {SET}",
    ),
    "a setting that is wrong": (
        SETTINGS.format(prefix="shop_")
        .replace("int = 5", f"int = '{SECRET}'")
        .replace(
            "class Settings(BaseSettings):",
            "import os\nos.environ |= {'shop_database_url': 'a', 'shop_api_token': 'b', "
            f"'shop_port': '{SECRET}'}}\nclass Settings(BaseSettings):",
        ),
        "app/inner.py:9: ValidationError: the value of SHOP_PORT is not valid (its message may",
    ),
    "a variable": (
        "import os\nos.environ['SHOP_URL']",
        "app/inner.py:2: KeyError: your settings need SHOP_URL at import: set this environment",
    ),
    "a key of something else": (
        f"{{}}['{SECRET}']",
        "app/inner.py:1: KeyError: a key, or an environment variable, is missing (its message",
    ),
    "a variable whose name may be a secret": (
        f"import os\nos.environ['{SECRET}']",
        "app/inner.py:2: KeyError: a key, or an environment variable, is missing (its message",
    ),
    "a module that is not installed": (
        "import json, not_installed_at_all.part",
        f"app/inner.py:1: ModuleNotFoundError: there is no module 'not_installed_at_all' {OUTSIDE}",
    ),
    "a module of the project": (
        "import app.nothing",
        "app/inner.py:1: ModuleNotFoundError: there is no module 'app.nothing'\n",
    ),
    "no Python": (
        "x = 1\ndef f(:\n",
        "app/inner.py:2: SyntaxError: this is not valid Python "
        f"{sys.version_info.major}.{sys.version_info.minor} (its message",
    ),
    "modules that import each other": (
        "from app.models import metadata",
        "app/inner.py:1: ImportError: a circular import of app.models: the module is not complete",
    ),
    "a name that is not there": (
        "from sqlalchemy import Nothing",
        "app/inner.py:1: ImportError: an imported name does not exist (its message",
    ),
}


@pytest.fixture
def start(tmp_path: Path, dsn: str) -> Any:
    """Return a function that checks models that import `app.inner`."""

    def start(inner: str, *options: str) -> Any:
        (tmp_path / "app").mkdir()
        (tmp_path / "app" / "__init__.py").touch()
        (tmp_path / "app" / "inner.py").write_text(inner.lstrip("\n"))
        (tmp_path / "app" / "models.py").write_text("import app.inner\nmetadata = 1\n")
        clean = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        arguments = ("check", "--models", "app.models:metadata", "--database", dsn, *options)
        env = clean | {"PYTHONPATH": str(Path(__file__).parents[3])}
        return command.drift(*arguments, cwd=tmp_path, env=env)

    return start


@pytest.mark.parametrize(("inner", "message"), CASES.values(), ids=CASES)
def test_the_line_and_what_to_do(start: Any, inner: str, message: str) -> None:
    outcome = start(inner)
    assert outcome.returncode == 2
    assert f"drift: error: default: cannot import app.models: {message}" in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1
    assert SECRET not in outcome.stdout + outcome.stderr


def test_verbose_prints_the_traceback_without_source_lines_and_secrets(start: Any) -> None:
    inner = (
        "def connect():\n    raise RuntimeError('no token=' + 'sk_live_' + '4f9aQ')  # sk_source\n"
        "try:\n    connect()\nexcept RuntimeError as error:\n    raise ValueError('x') from error\n"
    )
    outcome = start(inner, "-v")
    expected = """\
Traceback (most recent call last):
  File "app/inner.py", line 4, in <module>
  File "app/inner.py", line 2, in connect
RuntimeError: no token=***
Traceback (most recent call last):
  File "app/models.py", line 1, in <module>
  File "app/inner.py", line 6, in <module>
ValueError: x
drift: error: default: cannot import app.models: app/inner.py:6: ValueError: x
"""
    assert expected in outcome.stderr
    assert SECRET not in outcome.stdout + outcome.stderr
    assert "sk_source" not in outcome.stdout + outcome.stderr


def test_targets_that_share_the_models_print_one_traceback(start: Any, tmp_path: Path) -> None:
    (tmp_path / "drift.yaml").write_text(
        "models: app.models:metadata\ntargets:\n"
        + "".join(f"  t{n}: {{database: postgresql://localhost/x}}\n" for n in range(3))
    )
    start("raise ValueError('x')")
    outcome = subprocess.run(
        [sys.executable, "-m", "drift", "check", "-v"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert outcome.stderr.count("Traceback") == 1
    assert outcome.stderr.count("ValueError: x") == 4
