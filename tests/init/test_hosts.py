"""`drift init` on GitHub, on GitLab, and anywhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from drift.init import credentials
from drift.init.gitlab import stage
from drift.init.hosts import host_of
from drift.reporters import REPORTERS
from tests.actions.linting import actionlint, gitlab
from tests.init.projects import BASE, run, steps

REMOTES = {
    "git@github.com:acme/shop.git": "github",
    "https://github.com/acme/shop": "github",
    "https://github.acme.test/shop": "github",
    "https://acme.ghe.com/shop": "github",
    "git@gitlab.com:acme/shop.git": "gitlab",
    "ssh://git@gitlab.acme.test:2222/acme/shop.git": "gitlab",
    "https://user:token@code.gitlab.test/acme/github.git": "gitlab",
    "git@bitbucket.org:github/gitlab.git": "none",
    "/srv/git/shop.git": "github",
}
FILES = {
    ".github/workflows/ci.yml": "github",
    ".github/CODEOWNERS": "github",
    ".gitlab-ci.yml": "gitlab",
    "bitbucket-pipelines.yml": "none",
    "azure-pipelines.yml": "none",
    ".circleci/config.yml": "none",
    "Jenkinsfile": "none",
}


@pytest.mark.parametrize(("url", "host"), REMOTES.items(), ids=REMOTES)
def test_the_remote_tells_the_host(tmp_path: Path, url: str, host: str) -> None:
    assert host_of(tmp_path) == "github"
    (tmp_path / ".git").mkdir()
    text = f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {url}\n'
    (tmp_path / ".git" / "config").write_text(f'{text}[remote "x"]\n\turl = https://x.test\n')
    assert host_of(tmp_path) == host


@pytest.mark.parametrize(("file", "host"), FILES.items(), ids=FILES)
def test_files_tell_the_host_before_the_remote(tmp_path: Path, file: str, host: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text('[remote "origin"]\nurl = https://gitlab.com/a/b\n')
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).touch()
    assert host_of(tmp_path) == host


@pytest.mark.parametrize("reports", [(), *((name,) for name in REPORTERS), tuple(REPORTERS)])
@pytest.mark.parametrize("lock", ["requirements.txt", "uv.lock", "environment.yml"])
def test_gitlab_accepts_the_pipeline(project: Any, reports: tuple[str, ...], lock: str) -> None:
    folder = project(app=BASE)
    (folder / lock).touch()
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    options = [word for name in reports for word in ("--report", name)]
    outcome = run("init", "--ci", "gitlab", *options)
    assert outcome.returncode == 0, outcome.stderr
    assert gitlab(folder / ".gitlab-ci.yml") == ""
    document = yaml.safe_load((folder / ".gitlab-ci.yml").read_text())
    assert list(document) == ["schema-drift", "schema-gate"]
    assert " ".join(options) in document["schema-drift"]["script"][0]
    named = [each.variable for each in credentials.of(reports)]
    assert f"CI/CD variables: {', '.join(['DATABASE_URL', *named])}\n" in outcome.stdout
    assert "add a pipeline schedule" in outcome.stdout


def test_a_pipeline_that_exists_includes_a_file(project: Any) -> None:
    folder = project(app=BASE)
    (folder / ".gitlab-ci.yml").write_text("stages: [lint, deploy]\n")
    outcome = run("init")
    assert outcome.returncode == 0, outcome.stderr
    assert (folder / ".gitlab-ci.yml").read_text() == "stages: [lint, deploy]\n"
    assert "add to .gitlab-ci.yml: include: [{local: .gitlab/drift.yml}]" in outcome.stdout
    assert gitlab(folder / ".gitlab/drift.yml") == ""
    document = yaml.safe_load((folder / ".gitlab/drift.yml").read_text())
    assert document["schema-drift"]["stage"] == "lint"
    assert not (folder / ".github").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "test"),
        ("stages: [build, test]", "test"),
        ("stages:\n  - build # x\n  - ship\njob:\n  script: [a]\n", "build"),
        ("stages:\n- 'check it'\n", "check"),
        ("job: {stage: x}\n", "test"),
    ],
)
def test_the_stage_is_of_the_pipeline(text: str, expected: str) -> None:
    assert stage(text) == expected


def test_elsewhere_a_command_for_a_scheduler_is_printed(project: Any) -> None:
    folder = project(app=BASE)
    (folder / "Jenkinsfile").touch()
    outcome = run("init", "--report", "slack")
    assert outcome.returncode == 0, outcome.stderr
    assert f"  drift check -c {folder}/config/drift.yaml --report slack  " in outcome.stdout
    names = {path.name for path in folder.iterdir()}
    assert names == {"Jenkinsfile", "app.py", "config"}


@pytest.mark.parametrize("name", REPORTERS)
def test_the_workflow_has_the_credentials_of_every_receiver(project: Any, name: str) -> None:
    folder = project(app=BASE)
    outcome = run("init", "--report", name)
    environment = steps()["Compare"]["env"]
    assert environment.keys() == {
        "DATABASE_URL", *(each.variable for each in credentials.of([name]))
    }  # fmt: skip
    assert actionlint(folder / ".github/workflows/schema-drift.yml") == ""
    stored = {each.stored for each in credentials.of([name])} - {"GITHUB_TOKEN"}
    assert all(f" set {secret}" in outcome.stdout for secret in stored)


def test_every_receiver_has_credentials() -> None:
    assert credentials.CREDENTIALS.keys() == REPORTERS.keys()


@pytest.mark.parametrize("variable", ["DATABASE_URL", "SHOP_URL"])
def test_the_env_file_is_named_and_used(project: Any, variable: str) -> None:
    folder = project(app=BASE)
    (folder / ".env").write_text(f"DEBUG=1\n{variable}=postgresql://u:correct-horse-7@h/x\n")
    outcome = run("init")
    text = (folder / "config/drift.yaml").read_text()
    assert yaml.safe_load(text)["env_file"] == [".env"]
    assert f"database: ${{{variable}}}" in text
    assert "correct-horse" not in text + outcome.stdout + outcome.stderr
