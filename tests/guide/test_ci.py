"""The examples of the page on CI: valid for their engines, and of options that exist."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from drift.cli.main import cli
from drift.formats import FORMATS
from tests.actions.linting import actionlint, gitlab, programs, schema, shellcheck, zizmor
from tests.actions.runner import PACKAGE, ROOT, action

PAGE = PACKAGE / "guide" / "ci.md"
COMMIT = "0123456789abcdef" + "0" * 24


def blocks(language: str) -> list[str]:
    """Return the examples in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def example(key: str) -> str:
    """Return the one example whose YAML has a key."""
    [text] = [block for block in blocks("yaml") if key in yaml.safe_load(block)]
    return text


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text.replace("COMMIT", COMMIT))
    return path


def test_every_example_is_tested() -> None:
    assert len(blocks("yaml")) == 5
    for key in ("permissions", "schema-gate", "repos", "workflows", "trigger"):
        assert example(key)


def test_the_workflow(tmp_path: Path) -> None:
    path = written(tmp_path, "workflow.yml", example("permissions"))
    assert zizmor(path) + actionlint(path) == ""
    [job] = yaml.safe_load(path.read_text())["jobs"].values()
    [used] = [step for step in job["steps"] if step["uses"].startswith("OWNER/drift@")]
    assert used["with"].keys() <= action()["inputs"].keys()


def test_the_pipeline_of_gitlab(tmp_path: Path) -> None:
    assert gitlab(written(tmp_path, "gitlab.yml", example("schema-gate"))) == ""


@pytest.mark.parametrize(
    ("key", "name"), [("workflows", "circle-ci"), ("trigger", "azure-pipelines")]
)
def test_the_pipelines_of_other_engines(tmp_path: Path, key: str, name: str) -> None:
    assert schema(name, written(tmp_path, "pipeline.yml", example(key))) == ""
    wrong = re.sub(r"(?m)^(jobs|steps):", "steps: 7\njobs: 7\nwas_\\1:", example(key))
    assert schema(name, written(tmp_path, "wrong.yml", wrong)) != ""


def test_the_hooks(tmp_path: Path) -> None:
    path = written(tmp_path, ".pre-commit-config.yaml", example("repos"))
    command = [str(programs() / "pre-commit"), "validate-config", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    known = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    [repository] = yaml.safe_load(example("repos"))["repos"]
    assert {hook["id"] for hook in repository["hooks"]} <= known


def commands() -> list[str]:
    """Return every `drift …` of the page, in examples and in sentences."""
    text = PAGE.read_text()
    steps = re.findall(r"^\s*- (?:(?:run|script): )?(drift .*)$", text, re.MULTILINE)
    shell = [line for block in blocks("sh") for line in block.splitlines() if "drift " in line]
    lines = [re.sub(r"^.*?(?=drift (?:check|diff|snapshot))", "", line) for line in shell]
    own = [name for name in re.findall(r"`(drift [^`]+)`", text) if "…" not in name]
    return sorted({*steps, *(line for line in lines if line.startswith("drift ")), *own})


@pytest.mark.parametrize("line", commands())
def test_the_command_exists_with_its_options(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    command: Any = cli.commands[name]
    context = command.make_context(name, arguments, resilient_parsing=False) if arguments else None
    outputs = context.params.get("outputs", ()) if isinstance(context, click.Context) else ()
    assert {output.partition("=")[0] for output in outputs} <= {*FORMATS, "gitlab"}


def test_the_shell_of_the_page_is_clean(tmp_path: Path) -> None:
    for number, block in enumerate(blocks("sh")):
        assert shellcheck(written(tmp_path, f"{number}.sh", block)) == ""


def test_the_files_that_the_page_names_exist() -> None:
    named = re.findall(r"`(config/[\w./-]+)`", PAGE.read_text())
    assert len(named) == 3
    assert all((ROOT / name).is_file() for name in named)
