"""The examples for GitLab and Kubernetes: valid for their engines, and their commands work."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from drift import __version__
from drift.formats import FORMATS
from tests.actions.linting import gitlab, kubernetes, programs
from tests.actions.migrated import migrated
from tests.actions.runner import ROOT
from tests.servers import Database

GITLAB = ROOT / "config" / "gitlab-ci.yml"
CRONJOB = ROOT / "config" / "kubernetes-cronjob.yaml"
JOBS = ("schema-drift", "schema-gate")


def jobs() -> Any:
    return yaml.safe_load(GITLAB.read_text())


def test_gitlabs_own_schema_takes_the_pipeline(tmp_path: Path) -> None:
    assert gitlab(GITLAB) == ""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(GITLAB.read_text().replace("expire_in", "expires_in"))
    assert "expires_in" in gitlab(wrong)


def test_the_pipeline_installs_this_version() -> None:
    common = jobs()[".schema-drift"]
    assert common["variables"]["SCHEMA_DRIFT_VERSION"] == __version__
    [install] = common["before_script"]
    assert '"sqlalchemy-drift[demo]==$SCHEMA_DRIFT_VERSION"' in install


def test_every_job_writes_the_reports_that_gitlab_collects() -> None:
    artifacts = jobs()[".schema-drift"]["artifacts"]
    assert artifacts["when"] == "always"
    for job in JOBS:
        written = dict(re.findall(r"--output (\w+)=(\S+)", " ".join(jobs()[job]["script"])))
        assert artifacts["reports"] == {
            "codequality": written["gitlab"],
            "junit": written["junit"],
        }
        assert all(path.startswith(artifacts["paths"][0]) for path in written.values())


def in_pipeline(job: str, folder: Path, **environment: str) -> int:
    """Run the script of a job as a runner does; return its exit code."""
    [command] = jobs()[job]["script"]
    if "gitlab" not in FORMATS:
        command = re.sub(r"--output gitlab=\S+", "", command)
    path = f"{programs()}{os.pathsep}{os.environ['PATH']}"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("DATABASE_")}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", command],
        cwd=folder, env=clean | {"PATH": path, **environment}, timeout=120, check=False,
    ).returncode  # fmt: skip


@pytest.mark.parametrize(("forgetful", "code"), [(False, 0), (True, 1)])
def test_the_gate_compares_models_and_migrations(
    tmp_path: Path, forgetful: bool, code: int
) -> None:
    assert in_pipeline("schema-gate", migrated(tmp_path, forgetful=forgetful)) == code
    junit = (tmp_path / "drift-report" / "junit.xml").read_text()
    assert ("missing-column" in junit) == forgetful


def test_the_nightly_job_checks_production_and_keeps_the_history(
    tmp_path: Path, adrift: Database
) -> None:
    migrated(tmp_path)
    assert in_pipeline("schema-drift", tmp_path, PRODUCTION_DATABASE_URL=adrift.url) == 1
    assert (tmp_path / "drift-history.jsonl").is_file()
    cached = [path for each in jobs()["schema-drift"]["cache"] for path in each["paths"]]
    assert "drift-history.jsonl" in cached
    assert (tmp_path / "drift-report" / "drift.html").is_file()


def resources() -> dict[str, Any]:
    """Return the resources of the manifest by their kinds."""
    return {one["kind"]: one for one in yaml.safe_load_all(CRONJOB.read_text())}


def pod() -> Any:
    return resources()["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def test_kubernetes_own_schemas_take_the_cron_job(tmp_path: Path) -> None:
    assert kubernetes(CRONJOB) == ""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(CRONJOB.read_text().replace("concurrencyPolicy", "concurrency"))
    assert "concurrency" in kubernetes(wrong)


def test_the_pod_may_do_no_more_than_it_needs() -> None:
    [container] = pod()["containers"]
    own = container["securityContext"]
    assert (own["readOnlyRootFilesystem"], own["allowPrivilegeEscalation"]) == (True, False)
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert pod()["securityContext"]["runAsNonRoot"] is True
    assert pod()["automountServiceAccountToken"] is False
    assert resources()["CronJob"]["spec"]["concurrencyPolicy"] == "Forbid"
    secrets = [one for one in container["env"] if "valueFrom" in one]
    assert {one["name"] for one in secrets} == {"PRODUCTION_DATABASE_URL", "SENTRY_DSN"}
    mounted = {one["name"] for one in container["volumeMounts"]}
    assert mounted == {one["name"] for one in pod()["volumes"]}


def test_the_monitor_expects_the_check_when_it_runs() -> None:
    configured = yaml.safe_load(resources()["ConfigMap"]["data"]["drift.yaml"])
    assert configured["sentry"]["monitor"]["schedule"] == resources()["CronJob"]["spec"]["schedule"]


def test_the_pods_command_checks_production(tmp_path: Path, adrift: Database) -> None:
    migrated(tmp_path)
    [container] = pod()["containers"]
    command = shlex.join([*container["command"], *container["args"]])
    command = command.replace(" --report=sentry", "").replace("/reports/", "reports/")
    (tmp_path / "drift.yaml").write_text(
        resources()["ConfigMap"]["data"]["drift.yaml"].replace("app.models:Base", "shop:metadata")
    )
    path = f"{programs()}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        shlex.split(command.replace("/config/drift.yaml", "drift.yaml")),
        cwd=tmp_path, env={"PATH": path, "PRODUCTION_DATABASE_URL": adrift.url},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "reports" / "history.jsonl").is_file()
    assert (tmp_path / "reports" / "drift.html").is_file()
