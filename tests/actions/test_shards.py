"""The examples for many machines: each is checked by its own engine's linter."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.actions.linting import programs
from tests.actions.runner import ROOT
from tests.actions.test_lint import lint

KUBERNETES = ROOT / "config" / "kubernetes-shards.yaml"
ACTIONS = ROOT / "config" / "github-actions-shards.yml"


def documents() -> list[Any]:
    return list(yaml.safe_load_all(KUBERNETES.read_text()))


def container(job: Any) -> Any:
    [found] = job["spec"]["template"]["spec"]["containers"]
    return found


def jobs() -> list[Any]:
    return [one for one in documents() if one["kind"] == "Job"]


def validate(path: Path) -> subprocess.CompletedProcess[str]:
    command = [str(programs() / "kubernetes-validate"), "--strict", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_kubernetes_own_schemas_take_the_manifest(tmp_path: Path) -> None:
    outcome = validate(KUBERNETES)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(KUBERNETES.read_text().replace("completionMode", "completionMood"))
    assert validate(wrong).returncode != 0


def test_the_linters_find_nothing_in_the_matrix() -> None:
    assert lint(ACTIONS) == ""


def test_both_have_as_many_shards_as_they_say() -> None:
    check, _ = jobs()
    assert check["spec"]["completions"] == 4
    assert "/4" in container(check)["args"][0]
    matrix = yaml.safe_load(ACTIONS.read_text())["jobs"]["check"]["strategy"]["matrix"]
    assert matrix["shard"] == [1, 2, 3, 4]
    assert '--shard "$SHARD/4"' in ACTIONS.read_text()


@pytest.mark.parametrize(("code", "report", "expected"), [(0, "{}", 0), (2, "{}", 0), (2, "", 2)])
def test_the_pods_command_asks_for_its_shard_and_fails_only_without_a_report(
    tmp_path: Path, code: int, report: str, expected: int
) -> None:
    (tmp_path / "drift").write_text(
        '#!/bin/sh\necho "$@" > asked\n'
        f"printf %s '{report}' > reports/shard-2.json\nexit {code}\n"
    )
    (tmp_path / "drift").chmod(0o755)
    (tmp_path / "reports").mkdir()
    check, _ = jobs()
    script = re.sub(r"/reports/", "reports/", container(check)["args"][0])
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    outcome = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=tmp_path,
        env={"PATH": path, "JOB_COMPLETION_INDEX": "2"},
        timeout=30,
        check=False,
    )
    assert outcome.returncode == expected
    asked = (tmp_path / "asked").read_text()
    assert "--shard 3/4" in asked
    assert "--output json=reports/shard-2.json" in asked
