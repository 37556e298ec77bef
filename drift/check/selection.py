"""Selects the targets to check from the options and the configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from drift import config, redaction
from drift.check import env_files
from drift.check.address import secrets
from drift.check.named_tenant import named_tenants, without_replaced
from drift.check.plan_options import plan_options
from drift.config import IgnoreEntry, Settings, Target
from drift.config.values import seconds
from drift.errors import UsageError
from drift.kinds import RULES
from drift.process.isolation import folder
from drift.sources import anchored

LONGEST = 3600.0
"""Seconds of a timeout on the command line."""

LARGEST_LIST = 16 << 20
"""Bytes of a list of targets."""


class TargetOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options that select targets; they win over the configuration.

    `targets` are names of the configuration's; `targets_from` is a file that lists others. `unused`
    are keys of the configuration that the command does not use.
    """

    targets: Sequence[str] = ()
    config: Path | None = None
    database: str | None = None
    schemas: Sequence[str] = ()
    models: Sequence[str] = ()
    imports: Sequence[str] = ()
    bind: str | None = None
    expected: str | None = None
    causes: bool = False
    advice: bool = False
    targets_from: str | None = None
    connect_timeout: str | None = None
    env_files: Sequence[str] = ()
    unused: Collection[str] = ()

    @property
    def overridden(self) -> set[str]:
        """The configuration's keys that need no value there."""
        values = {
            "database": self.database or self.targets_from,
            "schemas": self.schemas,
            "models": self.models or self.expected,
            "import": self.imports,
        }
        return {key for key, value in values.items() if value} | set(self.unused)


def select(
    options: TargetOptions,
    environment: Mapping[str, str],
    *,
    reports: Collection[str] = (),
    needed: Collection[str] = ("database", "models"),
    each: bool = False,
) -> Settings:
    """Return the settings with the targets that the options select.

    No configuration is looked for if the options say all that is `needed`, and name no target. With
    `each`, a target that is configured wrongly fails alone. Raises UsageError, ConfigurationError.
    """
    listed = options.targets_from is not None
    if listed and (options.targets or options.database):
        raise UsageError("--targets-from names the targets; leave out TARGET and --database")
    sufficient = set(needed) <= options.overridden
    find = bool(options.targets or reports or listed or not sufficient)
    settings = load(options, environment, reports=reports, find=find, listed=listed, each=each)
    if options.targets_from is not None:
        settings = _listed(settings, options.targets_from)
    targets = tuple(_with_command(_override(settings.targets, options), settings, options))
    redaction.remember(secrets(targets))
    return msgspec.structs.replace(settings, targets=targets)


def load(  # noqa: PLR0913 — independent options
    options: TargetOptions,
    environment: Mapping[str, str],
    *,
    reports: Collection[str] = (),
    find: bool = True,
    listed: bool = False,
    each: bool = False,
) -> Settings:
    """Load the configuration; without one, there is one target, for the options to fill.

    With `listed`, the targets of the file are not read: they come from elsewhere.
    """
    here = folder()
    variables = env_files.given(options.env_files)
    environment = {**variables, **environment}
    env_files.adopt(variables)
    path = options.config or (config.find(Path(here)) if find else None)
    if path is not None:
        settings = config.load(
            path,
            environment=environment,
            known_rules=RULES,
            targets=options.targets,
            overridden=options.overridden,
            reports=reports,
            listed=listed,
            each=each,
        )
        env_files.adopt(settings.variables)
        return settings
    if options.targets:
        raise UsageError(
            f"no drift.yaml found for the target {options.targets[0]!r}; name the file, or give a "
            "database and models instead of a target"
        )
    return Settings(targets=(Target(name="default"),))


def _override(targets: Sequence[Target], options: TargetOptions) -> list[Target]:
    """Let the command line win over the configuration."""
    if options.bind is not None:
        targets = _of_bind(targets, options.bind)
    if options.database is not None and len(targets) > 1:
        names = ", ".join(target.name for target in targets)
        raise UsageError(f"a database URL is for one target; name one of {names}")
    changes: dict[str, Any] = {
        name: tuple(values)
        for name in ("schemas", "models", "imports")
        if (values := getattr(options, name))
    }
    if options.database is not None:
        changes["database"] = options.database
    if options.expected:
        changes["expected"] = anchored(options.expected, folder())
    elif options.models:
        changes["expected"] = "models"
    if options.causes:
        changes["causes"] = True
    if options.advice:
        changes["advice"] = ("*",)
    if options.connect_timeout is not None:
        changes["connect_timeout"] = connect_seconds(options.connect_timeout)
    changed = (msgspec.structs.replace(target, **changes) for target in targets)
    return [_with_tenants(*each, options.schemas) for each in zip(changed, targets, strict=True)]


def _with_tenants(changed: Target, configured: Target, schemas: Sequence[str]) -> Target:
    """Return the target with the tenants that the command line names, instead of its patterns."""
    tenants = named_tenants(configured, schemas)
    kept = without_replaced(changed.schemas, tenants)
    return msgspec.structs.replace(changed, schemas=kept, tenants=tenants)


def _with_command(
    targets: Iterable[Target], settings: Settings, options: TargetOptions
) -> Iterator[Target]:
    """Yield the targets with what their reports need to print the command `drift plan`.

    The targets of a list have no name that a plan knows.
    """
    listed = options.targets_from is not None
    more = () if listed else plan_options(options)
    configured = settings.path is not None and not listed
    for target in targets:
        yield msgspec.structs.replace(target, configured=configured, plan_options=more)


def _of_bind(targets: Sequence[Target], bind: str) -> list[Target]:
    """Return the targets of a bind; if the configuration has none, all of them for the bind."""
    configured = [target for target in targets if target.bind == bind]
    return configured or [
        msgspec.structs.replace(target, bind=bind, ignore=_held(target.ignore, 0))
        for target in targets
    ]


def _held(entries: Sequence[IgnoreEntry], holders: int) -> tuple[IgnoreEntry, ...]:
    """Return ignore entries with another number of targets that they are for."""
    return tuple(msgspec.structs.replace(entry, holders=holders) for entry in entries)


def connect_seconds(text: str) -> float:
    """Return the value of --connect-timeout. Raises UsageError."""
    value = seconds(text.strip())
    if not value or not 0.001 <= value <= LONGEST:
        raise UsageError(f"--connect-timeout {text}: expected a time such as 10s, 500ms or 2m")
    return value


def _listed(settings: Settings, source: str) -> Settings:
    """Return the settings with the targets of a list, based on the configuration's top level."""
    shown = "standard input" if source == "-" else source
    try:
        if source == "-":
            text = sys.stdin.read(LARGEST_LIST + 1)
        else:
            with Path(source).open(encoding="utf-8-sig") as file:
                text = file.read(LARGEST_LIST + 1)
    except OSError as problem:
        raise UsageError(f"--targets-from {source}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--targets-from {source}: not UTF-8") from None
    if len(text) > LARGEST_LIST:
        raise UsageError(f"--targets-from {source}: larger than {LARGEST_LIST >> 20} MiB")
    targets = config.read_targets(text, shown, settings.base, os.environ)
    ignore = _held(settings.base.ignore, len(targets))
    listed = (msgspec.structs.replace(target, ignore=ignore) for target in targets)
    return msgspec.structs.replace(settings, targets=tuple(listed))
