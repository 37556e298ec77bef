"""Runs `drift init`: finds the models, prompts if there is a choice, writes the missing files."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from drift.config import schema
from drift.config.problems import is_dotted, models_meant
from drift.errors import UsageError
from drift.formats.vocabulary import plural
from drift.init import next_steps, pipelines, render, services
from drift.init.hosts import HOSTS, host_of
from drift.init.layout import home_of, layout_of
from drift.init.names import unknown_part
from drift.init.project import migrations, python_version
from drift.init.search import Candidate, candidates, imports
from drift.init.unconfigured import url_variable
from drift.output import files, terminal
from drift.process import isolation


def init(  # noqa: PLR0913 — one per option
    *,
    models: str | None,
    imported: Sequence[str],
    schemas: Sequence[str],
    target: str | None,
    database_variable: str | None,
    reports: Sequence[str],
    cron: str | None,
    config: Path,
    ci: str | None,
    workflow: bool,
    gate: bool | None,
    yes: bool,
    dry_run: bool,
) -> int:
    """Write the files, or print them for a dry run; return the exit code."""
    root = Path(isolation.folder())
    ask = not yes and sys.stdin.isatty() and sys.stdout.isatty()
    chosen = None if models else _choose(root, ask=ask)
    spec = models or (chosen.spec if chosen else "")
    home = chosen.home if chosen else home_of(spec.partition(":")[0], root)
    layout = layout_of(root, home, config)
    stored = url_variable(root)
    usual = stored or "DATABASE_URL"
    variable = _variable(database_variable, usual, ask=ask)
    is_named = database_variable is not None or variable != usual
    host = _host(ci, layout.repository, workflow=workflow, ask=ask)
    suffix = "" if host == "none" else pipelines.suffix(host, layout)
    answers = render.Answers(
        models=spec,
        imports=tuple(imported or (imports(chosen) if chosen else ())),
        schemas=tuple(schemas),
        target=target or _target(suffix),
        variable=variable,
        stored=variable if is_named else pipelines.secret(variable, suffix),
        reports=tuple(dict.fromkeys(reports)) or _receivers(host, ask=ask and workflow),
        cron=_cron(cron) if cron else render.night(root),
        python=python_version(layout.project),
        path=layout.path,
        env_files=layout.env_files if stored else (),
        migrated=migrations(layout.project) is not None,
        suffix=suffix,
    )
    _require_usable(answers)
    if models:
        _require_models(models, home)
    texts = {layout.config: render.configuration(answers)}
    if host != "none":
        texts |= pipelines.texts(host, layout, answers, gate=gate, ask=ask)
    elif gate:
        option = "--no-workflow" if not workflow else "--ci none"
        raise UsageError(f"--gate writes a workflow; leave out {option}")
    if not layout.config.exists():  # the configuration names the schema beside it
        texts[layout.config.with_name(schema.FILE_NAME)] = schema.text()
    shown = {Path(os.path.relpath(path)): text for path, text in texts.items()}
    if dry_run:
        _print(shown)
    else:
        _write(shown)
        lines = next_steps.steps(host, layout, answers, shown)
        terminal.write("next:\n" + "".join(f"  {line}\n" for line in lines))
    return 0


def _host(given: str | None, repository: Path, *, workflow: bool, ask: bool) -> str:
    """Return the host of the checks: the one that is named, found or chosen."""
    if not workflow:
        if given not in {None, "none"}:
            raise UsageError(f"--ci {given} writes a workflow; leave out --no-workflow")
        return "none"
    usual = host_of(repository)
    if given or not ask:
        return given or usual
    for name, text in HOSTS.items():
        click.echo(f"  {name:<8}{text}")
    choice: str = click.prompt("Where the checks run", default=usual, type=click.Choice([*HOSTS]))
    return choice


def _choose(root: Path, *, ask: bool) -> Candidate:
    """Return the base of the models: the one with most models, or the one that the user chooses."""
    bases = candidates(root)
    if not bases:
        raise UsageError(
            f"found no declarative base, MetaData or Flask-SQLAlchemy db below {root}; name the "
            "models: drift init --models package.module:Base"
        )
    bases = services.nearest_first(bases, root)
    best = bases[0]
    if len(bases) > 1 and ask:
        for number, base in enumerate(bases, 1):
            click.echo(f"  {number}  {services.described(base, root)}")
        choice = click.prompt("Base of the models", default=1, type=click.IntRange(1, len(bases)))
        best = bases[choice - 1]
    own = services.folder(best, root)
    near = [base for base in bases if services.folder(base, root) == own]
    away = [base for base in bases if services.folder(base, root) != own]
    if not ask:
        _require_one(near if own == "." else bases, root)
        terminal.note(f"found {best.spec} with {plural(best.count, 'model')}")
        if others := ", ".join(base.spec for base in near if base != best):
            terminal.note(
                f"left out: {others}; if the same database has their tables, list them under "
                "models in the configuration: models: [package.module:Base, …]"
            )
    if away:
        names = ", ".join(services.described(base, root) for base in away)
        each = services.commands(away, root)
        terminal.note(f"other services: {names}; to set up each: {each}")
    return best


def _require_one(bases: Sequence[Candidate], root: Path) -> None:
    """Raise UsageError if several bases have the most models."""
    equal = [base for base in bases if base.count == bases[0].count]
    if len(equal) < 2:
        return
    apart = len({services.folder(base, root) for base in equal}) > 1
    names = ", ".join(services.described(base, root) if apart else base.spec for base in equal)
    hint = f"set up each service: {services.commands(equal, root)}; or " if apart else ""
    raise UsageError(f"several bases have the most models: {names}; {hint}choose one with --models")


def _target(suffix: str) -> str:
    """Return the name of the target, by which the reports of two services are told apart."""
    return f"{suffix.lstrip('-_')}-production" if suffix else "production"


def _variable(name: str | None, default: str, *, ask: bool) -> str:
    """Return the name of the variable that holds the database's URL."""
    if name is None:
        name = default
        if ask:
            name = click.prompt("Environment variable that holds the database's URL", default=name)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise UsageError(
            "--database-variable takes the NAME of an environment variable, such as DATABASE_URL: "
            "the database's URL itself, with its password, must not be stored in a file"
        )
    return name


def _require_usable(answers: render.Answers) -> None:
    """Raise UsageError for values that are not valid in the configuration or in a shell."""
    path, colon, attribute = answers.models.partition(":")
    if not (colon and is_dotted(path) and is_dotted(attribute)):
        raise UsageError(f"--models {answers.models!r}: {models_meant(answers.models)}")
    for module in answers.imports:
        if not is_dotted(module):
            raise UsageError(f"--import {module!r}: write package.module")
    if not re.fullmatch(r"\w[\w.-]*", answers.target):
        raise UsageError(f"--target {answers.target!r}: write letters, digits, '_', '-' and '.'")
    for value in answers.schemas:
        if not value.strip() or not value.isprintable():
            raise UsageError(f"--schema {value!r}: must not be empty or hold control characters")


def _require_models(spec: str, home: Path) -> None:
    """Raise UsageError if the project has no such models; print a note if that is unknown."""
    if problem := unknown_part(spec, home):
        raise UsageError(f"--models {spec}: {problem}")
    top = re.split("[.:]", spec)[0]
    in_project = (home / top).is_dir() or (home / f"{top}.py").is_file()
    if not in_project and not _is_installed(top):
        terminal.note(f"the module {top} is neither in {home} nor installed; check --models {spec}")


def _is_installed(module: str) -> bool:
    """Return whether a top-level module can be found; the search imports nothing."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return True


def _receivers(host: str, *, ask: bool) -> tuple[str, ...]:
    own = ("github",) if host == "github" else ()
    question = "Send reports to Sentry" + (" as well as to a GitHub issue?" if own else "?")
    return ("sentry", *own) if ask and click.confirm(question, False) else own


def _cron(text: str) -> str:
    if not re.fullmatch(r"\s*[\d*/,A-Za-z-]+(\s+[\d*/,A-Za-z-]+){4}\s*", text):
        raise UsageError('--cron takes five fields, such as "17 4 * * *" (in UTC)')
    return " ".join(text.split())


def _print(texts: dict[Path, str]) -> None:
    """Print the files instead of writing them; of the generated schema only its name."""
    for path, text in texts.items():
        if path.name == schema.FILE_NAME:
            terminal.write(f"# --- {path} (the JSON Schema for editors)\n\n")
        else:
            terminal.write(f"# --- {path}\n{text}\n")


def _write(texts: dict[Path, str]) -> None:
    """Write the files that do not exist yet."""
    for path, text in texts.items():
        if path.exists():
            terminal.note(f"{path} already exists; delete it to regenerate")
            continue
        files.write_file(path, text)
        terminal.note(f"wrote {path}")
