"""Probes the repository: whether a workflow or pipeline runs drift, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from drift.doctor.result import Result
from drift.init.hosts import host_of
from drift.init.layout import repository

_GITHUB = ".github/workflows"
_PLACES = (
    f"{_GITHUB}/*.yml",
    f"{_GITHUB}/*.yaml",
    ".gitlab-ci.yml",
    ".gitlab/**/*.yml",
    "bitbucket-pipelines.yml",
    "azure-pipelines.yml",
    ".circleci/*.yml",
    "Jenkinsfile",
    ".woodpecker.yml",
    ".woodpecker/*.yml",
)
_RUNS = re.compile(r"\bdrift[ \t]+(?:-\S+[ \t]+)*(?:check|diff)\b|\buses:[^\n#]*/[\w-]*drift\b")
_CRON = re.compile(r"\bcron:[ \t]*[\"']?([^\"'#\n]+)")
_COMMENT = re.compile(r"(?m)^[ \t]*#.*$")
_MOST_BYTES = 200_000


def probe(folder: Path) -> Iterator[Result]:
    """Name the files of the folder's repository that run drift, and their schedules."""
    top = repository(folder)
    running = {path: text for path, text in _pipelines(top) if _RUNS.search(text)}
    for path, text in running.items():
        name = path.relative_to(top).as_posix()
        yield Result("ok", "CI", f"{name} runs drift, {_when(name, text)}")
    if not running:
        host = host_of(top)
        hint = "drift init --ci github or gitlab" if host == "none" else f"drift init --ci {host}"
        text = f"found no workflow or pipeline that runs drift; write one with: {hint}"
        yield Result("note", "CI", text)


def _pipelines(top: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of all hosts with their text, without lines that are comments."""
    for pattern in _PLACES:
        for path in sorted(top.glob(pattern)):
            try:
                with path.open("rb") as file:
                    text = file.read(_MOST_BYTES).decode("utf-8", errors="replace")
            except OSError:
                continue
            yield path, _COMMENT.sub("", text)


def _when(name: str, text: str) -> str:
    """Return the schedule of a file, as far as the file has it."""
    times = ", ".join(match.strip() for match in _CRON.findall(text))
    if times:
        return f"scheduled at {times}" + (" (UTC)" if name.startswith(_GITHUB) else "")
    if name.startswith(".gitlab"):
        return "on its pipeline schedules, if its rules allow; GitLab keeps them under Build"
    return "without a schedule in that file"
