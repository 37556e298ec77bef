"""The linters of workflows find nothing: in the repository's own, and in what users are given."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.actions.linting import actionlint, shellcheck, zizmor
from tests.actions.runner import ACTION, GITHUB, GUIDE, PACKAGE, document

PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")
BAD = (
    "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - uses: actions/checkout@v5\n"
    "      - run: echo ${{ github.event.issue.title }} $unquoted ${{ nothing.here }}\n"
)
SHAPES = {
    "plain": ((), ()),
    "pip": (("requirements.txt",), ("--report", "sentry", "--report", "github")),
    "uv": (("uv.lock", "pyproject.toml"), ("--report", "sentry")),
    "poetry": (("poetry.lock",), ("-c", "ops/my drift.yaml")),
    "pdm": (("pdm.lock",), ()),
    "conda": (("environment.yml",), ()),
    "pipenv": (("Pipfile.lock",), ("--cron", "5 4 * * 1-5")),
}


def lint(*files: Path) -> str:
    """Return what the linters have to say of workflows and actions."""
    said = [zizmor(file) for file in files]
    return "".join(said + [actionlint(file) for file in files if file.name != "action.yml"])


def ours() -> list[Path]:
    return [*sorted((GITHUB / "workflows").glob("*.yml")), ACTION]


def uses(found: Any) -> list[str]:
    """Return every action that a document uses."""
    if isinstance(found, dict):
        own = [found["uses"]] if isinstance(found.get("uses"), str) else []
        return own + [name for value in found.values() for name in uses(value)]
    return [name for item in found for name in uses(item)] if isinstance(found, list) else []


def test_the_linters_find_nothing_in_our_own() -> None:
    assert {"ci.yml", "nightly.yml", "release.yml"} <= {path.name for path in ours()}
    assert lint(*ours()) == ""


def test_the_linters_would_find_something(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(BAD)
    found = lint(bad)
    for expected in ("unpinned-uses", "template-injection", "SC2086", "nothing"):
        assert expected in found


def test_a_folder_is_linted_as_its_files_are(tmp_path: Path) -> None:
    assert zizmor(GITHUB) == actionlint(GITHUB) == ""
    assert "no workflow is there" in actionlint(tmp_path)
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "bad.yml").write_text(BAD)
    for where in (tmp_path, tmp_path / ".github", folder):
        assert "unpinned-uses" in zizmor(where)
        assert "SC2086" in actionlint(where)


def test_the_shell_of_the_action_is_clean(tmp_path: Path) -> None:
    for step in document(ACTION)["runs"]["steps"]:
        if "run" in step:
            script = tmp_path / f"{step['id']}.sh"
            script.write_text(step["run"])
            assert shellcheck(script) == ""


@pytest.mark.parametrize("shape", SHAPES)
def test_the_linters_find_nothing_in_the_workflow_of_drift_init(tmp_path: Path, shape: str) -> None:
    files, options = SHAPES[shape]
    for name in files:
        (tmp_path / name).touch()
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    made = [sys.executable, "-P", "-m", "drift", "init", "--yes", "--models", "shop:Base"]
    subprocess.run([*made, *options], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    workflows = list((tmp_path / ".github" / "workflows").iterdir())
    assert len(workflows) == 2
    for workflow in workflows:
        assert lint(workflow) == ""
        assert all(PINNED.fullmatch(name) for name in uses(yaml.safe_load(workflow.read_text())))


def examples() -> dict[str, str]:
    """Return the action's documented workflows by their names."""
    blocks = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return {
        yaml.safe_load(block)["name"]: block.replace("@COMMIT", f"@{'0' * 40}") for block in blocks
    }


@pytest.mark.parametrize("name", examples())
def test_the_linters_find_nothing_in_the_documented_examples(tmp_path: Path, name: str) -> None:
    workflow = tmp_path / "example.yml"
    workflow.write_text(examples()[name])
    assert lint(workflow) == ""


@pytest.mark.parametrize("name", examples())
def test_the_documented_examples_give_inputs_that_exist(name: str) -> None:
    known = document(ACTION)["inputs"]
    for job in yaml.safe_load(examples()[name])["jobs"].values():
        for step in job["steps"]:
            if step.get("uses", "").startswith("OWNER/drift@"):
                assert step.get("with", {}).keys() <= known.keys()


def test_every_input_and_output_is_documented() -> None:
    text = GUIDE.read_text()
    named = re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)
    found = document(ACTION)
    assert named == [*found["inputs"], *found["outputs"]]


def test_one_action_has_one_commit_everywhere() -> None:
    texts = [path.read_text() for path in ours()]
    texts += [path.read_text() for path in _templates()] + list(examples().values())
    commits: dict[str, set[str]] = {}
    for text in texts:
        for name, commit in re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40} # \S+)", text):
            commits.setdefault(name, set()).add(commit)
    assert {"actions/checkout", "actions/setup-python", "actions/upload-artifact"} <= commits.keys()
    assert {name: found for name, found in commits.items() if len(found) > 1} == {}


def _templates() -> list[Path]:
    return sorted(PACKAGE.rglob("templates/*.yml"))
