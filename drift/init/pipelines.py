"""The files that run the checks on the project's host: the nightly one, and the gate."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click

from drift.errors import UsageError
from drift.init import gitlab, render
from drift.init.layout import Layout
from drift.init.project import installation, migrations
from drift.output import terminal

WORKFLOW = Path(".github/workflows/schema-drift.yml")
GATE = WORKFLOW.with_name("schema-gate.yml")
PIPELINE = Path(".gitlab-ci.yml")
INCLUDED = Path(".gitlab/drift.yml")


def texts(
    host: str, layout: Layout, answers: render.Answers, *, gate: bool | None, ask: bool
) -> dict[Path, str]:
    """Return the files for a host, which read the configuration of the layout."""
    if not layout.config.is_relative_to(layout.repository):
        raise UsageError(
            f"a workflow cannot read {layout.config}, which is outside of {layout.repository}; "
            "write the configuration into the project, or run with --no-workflow"
        )
    folder = folder_of(layout)
    if not installation(layout.project).known:
        terminal.note(
            "no file lists the project's requirements (pyproject.toml, requirements.txt, a lock "
            "file); add those of the models to the step that installs drift"
        )
    gated = _is_gated(layout, answers, gate=gate, ask=ask)
    top, option = layout.repository, layout.option
    if host == "gitlab":
        existing = _existing(top / PIPELINE)
        text = gitlab.pipeline(
            answers, layout.project, option, folder, gated=gated, existing=existing or ""
        )
        own = _suffixed(INCLUDED, answers.suffix)
        return {top / (PIPELINE if existing is None else own): text}
    nightly = top / _suffixed(WORKFLOW, answers.suffix)
    workflows = {nightly: render.workflow(answers, layout.project, option, folder)}
    if gated:
        gate_file = top / _suffixed(GATE, answers.suffix)
        workflows[gate_file] = render.gate(answers, layout.project, option, folder)
    return workflows


def suffix(host: str, layout: Layout) -> str:
    """Return the suffix for names of the jobs: "" unless another service has them already."""
    folder, top = folder_of(layout), layout.repository
    if host == "gitlab":
        files, own = [PIPELINE, INCLUDED], json.dumps(f"cd {shlex.quote(folder)}")
        marks, other = "schema-drift:", '    - "cd '
    else:
        files, own = [WORKFLOW], f"working-directory: {json.dumps(folder)}\n"
        marks, other = "drift check", "working-directory: "
    texts = [text for name in files if marks in (text := _existing(top / name) or "")]
    if not texts or any(own in text if folder else other not in text for text in texts):
        return ""
    return "-" + (re.sub(r"[^\w-]+", "-", folder).strip("-") or "top")


def secret(variable: str, suffix: str) -> str:
    """Return the name of a service's secret, which the secret of another service must not have."""
    prefix = re.sub(r"\W+", "_", suffix, flags=re.ASCII).strip("_").upper()
    first = "_" if re.match(r"\d|GITHUB_|CI_", f"{prefix}_") else ""  # these names are reserved
    return f"{first}{prefix}_{variable}" if suffix else variable


def _suffixed(path: Path, suffix: str) -> Path:
    return path.with_stem(f"{path.stem}{suffix}")


def _existing(path: Path) -> str | None:
    """Return the text of the project's own pipeline; None if it has none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}") from None


def _is_gated(layout: Layout, answers: render.Answers, *, gate: bool | None, ask: bool) -> bool:
    """Return whether to write the gate, which needs migrations. Raises UsageError without."""
    existing = migrations(layout.project)
    if gate and existing is None:
        raise UsageError(
            f"--gate needs Alembic's migrations, and {layout.project} has none (no alembic.ini); "
            "use --no-gate: a database that create_all creates never differs from the same models"
        )
    return bool(existing) and (gate if gate is not None else _wants_gate(ask=ask))


def _wants_gate(*, ask: bool) -> bool:
    return not ask or click.confirm("Check the migrations of each change as well?", True)


def folder_of(layout: Layout) -> str:
    """Return the project's folder in its repository, for the workflow; "" at its top."""
    folder = layout.project.relative_to(layout.repository).as_posix()
    if not re.fullmatch(r"[\w./ -]+", folder, re.ASCII):
        raise UsageError(f"a workflow cannot name the folder {folder!r}; run with --no-workflow")
    return "" if folder == "." else folder
