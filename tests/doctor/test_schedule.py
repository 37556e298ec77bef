"""`drift doctor` names the workflows and pipelines that run drift, or how to write one."""

from __future__ import annotations

import time
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


RUNNING = (
    "run: drift check # x",
    "- run: drift \\\n    check",
    "- run: >-\n    drift check\n    --history x",
    "run: |\n  cd service && drift check",
    "run: printf x | drift check --targets-from -",
    "run: python -m drift --config conf/drift.yaml check",
    "run: python3.12 -I -m drift check",
    "run: LEVEL=error A='b c' drift check",
    "run: .venv/bin/drift diff models migrations",
    "run: |\n  if ! drift check; then echo no; fi",
    '- "drift check"',
    'script: ["cd x", "drift check"]',
    "- '\"$CONDA/bin/conda\" run --no-capture-output --name drift drift check'",
    "- timeout 60 poetry run drift check",
    "- timeout 5m drift check",
    "run: uvx --from sqlalchemy-drift drift check",
    "run: docker compose run --rm app drift check",
    "run: bash -c 'drift check'",
    "stage { sh 'drift check' }",
    "- uses: 'acme/sqlalchemy-drift@v1'",
)
OTHER = (
    "name: Terraform drift check",
    "name: Ready; drift check",
    "description: 'no drift check yet'",
    "- uses: acme/terraform-drift@v1",
    "- uses: acme/drift/.github/workflows/check.yml@v1",
    "- run: argocd app drift diff",
    "- run: echo drift check",
    "- run: drift check-links",
    'run: |\n  drift "$CMD"',
    "run: drift plan",
    "run: make snowdrift check",
)


@pytest.mark.parametrize(
    ("text", "status"), [(text, "ok") for text in RUNNING] + [(text, "note") for text in OTHER]
)
def test_only_a_command_or_the_action_runs_drift(tmp_path: Path, text: str, status: str) -> None:
    assert [each.status for each in schedule.probe(_with_workflow(tmp_path, text))] == [status]


TIMES = {
    "- cron: '7 3 * * *' # at night": "scheduled at 7 3 * * * (UTC)",
    "  cron: 7 3 * * *": "scheduled at 7 3 * * * (UTC)",
    "- run: 'echo cron: x'": "without a schedule in that file",
    "- run: 'my-cron: x'": "without a schedule in that file",
}


@pytest.mark.parametrize(("line", "when"), TIMES.items())
def test_only_a_key_is_a_schedule(tmp_path: Path, line: str, when: str) -> None:
    [result] = schedule.probe(_with_workflow(tmp_path, f"{line}\n- run: drift check\n"))
    assert result.text.endswith(f"runs drift, {when}")


@pytest.mark.parametrize("text", ["uv run -x a/drift -", " ", "- ", "run: A=b ", "drift -a b "])
def test_a_long_line_takes_no_time(tmp_path: Path, text: str) -> None:
    line = text * (190_000 // len(text))
    began = time.monotonic()
    list(schedule.probe(_with_workflow(tmp_path, line)))
    assert time.monotonic() - began < 5


def test_the_name_of_a_file_is_no_command_to_ci(tmp_path: Path) -> None:
    (tmp_path / "drift.yaml").write_text("models: app:Base\n")
    _with_workflow(tmp_path, "run: drift check", "a\n::error::b.yml")
    doctor = command.drift("doctor", "--database", "postgresql://127.0.0.1:1/x", cwd=tmp_path)
    assert r"workflows/a\x0a::error::b.yml runs drift" in doctor.stdout
    assert not [line for line in doctor.stdout.splitlines() if line.startswith("::")]


def _with_workflow(folder: Path, text: str, name: str = "a.yml") -> Path:
    (folder / ".git").mkdir()
    (folder / ".github/workflows").mkdir(parents=True)
    (folder / ".github/workflows" / name).write_text(text)
    return folder


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
