"""The jobs of GitLab CI: the nightly check, and the gate for merge requests."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from drift.init import render
from drift.init.project import Installation, installation, migrations

_STAGES = re.compile(r"^stages:\s*(\[[^\]]*\]|(?:\s*(?:#.*)?\n\s*-[^\n]*)+)", re.MULTILINE)


def stage(existing: str) -> str:
    """Return a stage that a pipeline has: test, as by default, or else its first."""
    match = _STAGES.search(existing)
    names = re.findall(r"[\w.-]*\w[\w.-]*", re.sub("#.*", "", match[1])) if match else []
    return "test" if not names or "test" in names else names[0]


def pipeline(  # noqa: PLR0913 — the parts of a job
    answers: render.Answers,
    project: Path,
    config: str,
    folder: str,
    *,
    gated: bool,
    existing: str = "",
) -> str:
    """Return the text of the pipeline; `config` and `folder` are as in `render.workflow`.

    `existing` is the text of the pipeline that includes it.
    """
    options = [f"-c {config}"] if config else []
    options += [f"--report {name}" for name in answers.reports]
    text = _filled("gitlab.yml", answers, installation(project), folder, options)
    if gated:
        plain = [f"-c {config}"] if config else []
        installed = installation(project, extra="demo")
        gate = _filled("gitlab-gate.yml", answers, installed, folder, plain, project)
        text = f"{text}\n{gate}"
    return text.replace("  stage: test\n", f"  stage: {stage(existing)}\n")


def _filled(  # noqa: PLR0913, PLR0917 — the parts of a job
    template: str,
    answers: render.Answers,
    installed: Installation,
    folder: str,
    options: list[str],
    project: Path | None = None,
) -> str:
    below = f"{folder}/" if folder else ""
    lines = [f"cd {shlex.quote(folder)}"] if folder else []
    lines += [line for line in installed.lines if not line.startswith("#")]
    if project is None and answers.stored != answers.variable:
        # In a shell, since the variables of a GitLab project come before those of a job.
        lines.append(f'export {answers.variable}="${answers.stored}"')
    return render.filled(
        template,
        {
            "IMAGE": "continuumio/miniconda3" if installed.conda else f"python:{answers.python}",
            "VARIABLES": _variables(answers, installed, project),
            # A colon or a quote in a plain scalar would change its meaning.
            "INSTALL": "\n".join(f"    - {json.dumps(line)}" for line in lines),
            "PREFIX": installed.prefix,
            "SUFFIX": answers.suffix,
            "OPTIONS": "".join(f" {option}" for option in options),
            "HISTORY": json.dumps(f"{below}{render.HISTORY}"),
            "REPORT": json.dumps(f"{below}drift-report/"),
            "QUALITY": json.dumps(f"{below}drift-report/gitlab.json"),
            "JUNIT": json.dumps(f"{below}drift-report/junit.xml"),
        },
    )


def _variables(answers: render.Answers, installed: Installation, project: Path | None) -> str:
    """Return the job's variables: the folder of conda, and an address that settings can read."""
    values = {"CONDA": "/opt/conda"} if installed.conda else {}
    if project is not None and (existing := migrations(project)):
        values |= render.unused(answers, existing)
    lines = [f"    {name}: {json.dumps(value)}\n" for name, value in values.items()]
    return "".join(["  variables:\n", *lines]) if lines else ""
