"""Probes the repository: whether a workflow or pipeline runs drift, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from drift.doctor.result import Result
from drift.formats.escape import visible
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
_KEYS = "run|script|command|bash|sh|pwsh|powershell"
_RUNNERS = (
    "uv|poetry|pdm|pipenv|hatch|rye|pixi|conda|mamba|micromamba|pipx|docker|podman|docker-compose"
)
_BEGINS = rf"""(?:
    # The line of a block, an entry of a list, or the value of a key.
    ^[ \t]*+(?:-[ \t]++)*+(?:(?:{_KEYS}):[ \t]*+)?\[?[ \t]*+["']?
    # Within a line: after another command, in a shell's argument, or in a list.
    | (?: ; | && | \| | \$\( | \bsh[ \t(]+["']+ | [ \t]-c[ \t]+["'] | ["'],[ \t]*["'] )
    | \b(?: (?:{_RUNNERS})["']?[ \t]+(?:run|exec|compose) | uvx )\b[^\n;&|\#]{{0,300}}?[ \t]
    | \bpython[\d.]*[ \t]+(?:-\w+[ \t]+)*?-m(?=[ \t])
)"""
_PREFIXES = r"""[ \t]*+(?:
    (?: \w+=(?:"[^"\n]*"|'[^'\n]*'|[^\s"']*) | timeout[ \t]+\w+ | exec|time|sudo|env|if|! )[ \t]++
){0,20}"""
_OPTIONS = r"(?:[ \t]++-\S++(?:[ \t]++[^\s-]\S*+)?){0,20}?"
_RUNS = re.compile(
    rf"""{_BEGINS}{_PREFIXES}
    (?:[\w./~${{}}-]*/)?drift{_OPTIONS}[ \t]++(?:check|diff)(?![\w-])
    | ^[ \t]*(?:-[ \t]+)?uses:[ \t]*["']?[\w.-]+/(?:sqlalchemy-)?drift@""",
    re.VERBOSE | re.MULTILINE,
)
"""A command, or the action. Its repetitions have limits, so that no file makes it slow."""
_CRON = re.compile(r"""^[ \t]*(?:-[ \t]+)?["']?cron["']?:[ \t]*["']?([^"'#\n]+)""", re.MULTILINE)
_CONTINUED = re.compile(r"\\\r?\n[ \t]*")
_NAMED = re.compile(r"(?m)^[ \t]*(?:-[ \t]+)?(?:name|description|displayName):.*$")
_COMMENT = re.compile(r"(?m)^[ \t]*#.*$")
_MOST_BYTES = 200_000


def probe(folder: Path) -> Iterator[Result]:
    """Name the files of the folder's repository that run drift, and their schedules."""
    top = repository(folder)
    running = {path: text for path, text in _pipelines(top) if _RUNS.search(text)}
    for path, text in running.items():
        name = visible(path.relative_to(top).as_posix())
        yield Result("ok", "CI", f"{name} runs drift, {_when(name, text)}")
    if not running:
        host = host_of(top)
        hint = "drift init --ci github or gitlab" if host == "none" else f"drift init --ci {host}"
        text = f"found no workflow or pipeline that runs drift; write one with: {hint}"
        yield Result("note", "CI", text)


def _pipelines(top: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of all hosts with their text, without comments, names and broken lines."""
    for pattern in _PLACES:
        for path in sorted(top.glob(pattern)):
            try:
                with path.open("rb") as file:
                    text = file.read(_MOST_BYTES).decode("utf-8", errors="replace")
            except OSError:
                continue
            yield path, _CONTINUED.sub(" ", _NAMED.sub("", _COMMENT.sub("", text)))


def _when(name: str, text: str) -> str:
    """Return the schedule of a file, as far as the file has it."""
    times = ", ".join(match.strip() for match in _CRON.findall(text))
    if times:
        return f"scheduled at {times}" + (" (UTC)" if name.startswith(_GITHUB) else "")
    if name.startswith(".gitlab"):
        return "on its pipeline schedules, if its rules allow; GitLab keeps them under Build"
    return "without a schedule in that file"
