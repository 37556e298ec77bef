"""`drift doctor` names the workflows and pipelines that run drift, or how to write one."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.doctor import schedule
from tests import command
from tests.init.projects import BASE

NIGHTLY = "on:\n  schedule:\n    - cron: '7 3 * * *'\njobs:\n  a:\n    steps:\n      - run: {}\n"
GITLAB = "a:\n  script:\n    - drift check\n"
HINT = "found no workflow or pipeline that runs drift; write one with: drift init --ci "
CASES = {
    "nothing": ({}, [f"note CI: {HINT}github"]),
    "other pipelines": (
        {".gitlab-ci.yml": "a:\n  script:\n    # drift check\n    - make snowdrift\n"},
        [f"note CI: {HINT}gitlab"],
    ),
    "another host": ({"Jenkinsfile": "sh 'make'"}, [f"note CI: {HINT}github or gitlab"]),
    "a nightly workflow": (
        {".github/workflows/a.yml": NIGHTLY.format("uv run drift check --report github")},
        ["ok CI: .github/workflows/a.yml runs drift, scheduled at 7 3 * * * (UTC)"],
    ),
    "the action": (
        {".github/workflows/a.yaml": "jobs:\n  a:\n    steps:\n      - uses: o/drift@v1\n"},
        ["ok CI: .github/workflows/a.yaml runs drift, without a schedule in that file"],
    ),
    "a pipeline": (
        {".gitlab-ci.yml": GITLAB},
        [
            "ok CI: .gitlab-ci.yml runs drift, on its pipeline schedules, if its rules allow; "
            "GitLab keeps them under Build"
        ],
    ),
    "an included pipeline": (
        {".gitlab-ci.yml": "include: [x]\n", ".gitlab/drift.yml": GITLAB},
        [
            "ok CI: .gitlab/drift.yml runs drift, on its pipeline schedules, if its rules allow; "
            "GitLab keeps them under Build"
        ],
    ),
    "a pipeline of another host": (
        {"bitbucket-pipelines.yml": "script:\n  - python -m drift check\n"},
        ["ok CI: bitbucket-pipelines.yml runs drift, without a schedule in that file"],
    ),
}


@pytest.mark.parametrize(("files", "lines"), CASES.values(), ids=CASES)
def test_what_runs_drift_is_named(tmp_path: Path, files: dict[str, str], lines: list[str]) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "service").mkdir()
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    results = schedule.probe(tmp_path / "service")
    assert [f"{each.status} {each.subject}: {each.text}" for each in results] == lines


@pytest.mark.parametrize(("host", "files"), [("github", 2), ("gitlab", 1)])
def test_what_init_writes_is_found(tmp_path: Path, host: str, files: int) -> None:
    (tmp_path / "app.py").write_text(BASE)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = db\n")
    outcome = command.drift("init", "--yes", "--ci", host, cwd=tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    results = list(schedule.probe(tmp_path))
    assert [each.status for each in results] == ["ok"] * files
    doctor = command.drift("doctor", "--database", "postgresql://127.0.0.1:1/x", cwd=tmp_path)
    assert doctor.stdout.count("ok    CI: ") == files
