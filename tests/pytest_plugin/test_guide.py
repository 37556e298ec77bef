"""The examples of the guide's page on pytest work as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import drift
from drift.pytest_plugin.options import OPTIONS
from tests.pytest_plugin.conftest import MODELS, Project

PAGE = (Path(drift.__file__).parent / "guide/pytest.md").read_text()


def blocks(language: str) -> list[str]:
    """Return the page's blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def guided(project: Project) -> Project:
    project.write("app/models.py", f"{MODELS}    class Base: metadata = metadata\n")
    project.write("tests/test_orders.py", "def test_order(): ...")
    (project.pytester.path / "pytest.ini").unlink()
    return project


@pytest.mark.parametrize("block", blocks("toml"))
def test_configurations(guided: Project, block: str) -> None:
    guided.write("pyproject.toml", block)
    result = guided.run("--drift", "--strict-config", "--collect-only", "-q")
    assert "drift::public.users" in result.outlines
    assert result.ret == 0


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands(guided: Project, command: str) -> None:
    guided.write(
        "pyproject.toml",
        '[tool.pytest.ini_options]\ndrift_models = ["app.models:Base"]\n'
        'drift_database = "${SHOP_DATABASE}"\n',
    )
    program, *arguments = re.findall(r'"[^"]*"|\S+', command)
    assert program == "pytest"
    result = guided.run_cached(*(argument.strip('"') for argument in arguments))
    assert result.ret == 0


def test_the_table_of_options_is_complete() -> None:
    assert re.findall(r"^\| `(drift\w*)` \|", PAGE.partition("## Options")[2], re.MULTILINE) == [
        option.name for option in OPTIONS
    ]


def test_the_tests_of_the_user_can_be_read() -> None:
    for block in blocks("python"):
        compile(block, "guide", "exec")
