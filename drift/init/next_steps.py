"""The commands and settings that complete the written files."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from drift.init import credentials
from drift.init.layout import Layout
from drift.init.pipelines import INCLUDED
from drift.init.render import Answers


def steps(host: str, layout: Layout, answers: Answers, written: Iterable[Path]) -> Iterator[str]:
    """Yield the lines to print."""
    yield "drift doctor   # verifies the setup"
    needed = list(credentials.of(answers.reports))
    if host == "github":
        yield f"gh secret set {answers.stored}   # for the workflow"
        for each in needed:
            if each.stored != "GITHUB_TOKEN":  # the workflow has its own
                noun = "secret" if each.secret else "variable"
                optional = "" if each.required else "   # optional: signs the reports"
                yield f"gh {noun} set {each.stored}{optional}"
    elif host == "gitlab":
        names = [answers.stored, *(each.variable for each in needed)]
        for path in written:
            if path.parent.name == INCLUDED.parent.name:
                own = INCLUDED.with_name(path.name).as_posix()
                yield f"add to .gitlab-ci.yml: include: [{{local: {own}}}]"
        yield f"in GitLab, set the masked and protected CI/CD variables: {', '.join(names)}"
        yield "in GitLab, add a pipeline schedule for the default branch"
    else:
        yield f"{_command(layout, answers)}   # from a scheduler, such as cron"


def _command(layout: Layout, answers: Answers) -> str:
    """Return the command line that checks from any folder."""
    reports = "".join(f" --report {name}" for name in answers.reports)
    return f"drift check -c {shlex.quote(str(layout.config))}{reports}"
