"""Finds the two sides of a diff: names in, their sources and the settings that apply out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from drift import config, database_url, redaction
from drift.check import env_files
from drift.check.address import address_of, database_of, secrets
from drift.check.selection import connect_seconds
from drift.config import Settings, Target
from drift.errors import DriftError, UsageError
from drift.kinds import RULES
from drift.process.isolation import folder
from drift.sources import Reference, anchored, parse
from drift.sources.spelling import suggestion


class PairOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a diff that win over the configuration."""

    config: Path | None = None
    schemas: Sequence[str] = ()
    models: Sequence[str] = ()
    imports: Sequence[str] = ()
    bind: str | None = None
    connect_timeout: str | None = None
    env_files: Sequence[str] = ()


class NamedSide(msgspec.Struct, frozen=True, kw_only=True):
    """One side: its source, its name in messages, and the target with the settings to open it."""

    reference: Reference
    label: str
    target: Target

    @property
    def is_live(self) -> bool:
        """Whether it is a live database of the user's."""
        return self.reference.source == "database"


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides, and the target whose settings apply to the comparison."""

    left: NamedSide
    right: NamedSide
    target: Target
    settings: Settings

    @property
    def name(self) -> str:
        """The name in reports and fingerprints, which stays the same from run to run."""
        return f"{self.left.label}..{self.right.label}"


def find(left: str, right: str, options: PairOptions, environment: Mapping[str, str]) -> Pair:
    """Find both sides: other sources first, then targets of the configuration, then URLs.

    The settings are those of the right side if it is a target, else of the left one, else of the
    top level. Raises UsageError and ConfigurationError.
    """
    path = options.config or config.find(Path(folder()))
    variables = env_files.given(options.env_files)
    env_files.adopt(variables)
    environment = {**variables, **environment}
    settings, targets = _loaded(path, environment)
    env_files.adopt(settings.variables)
    environment = {**settings.variables, **environment}
    references = [_reference(text, targets) for text in (left, right)]
    named = [targets.get(reference.value) for reference in references if _is_live(reference)]
    base = next((target for target in reversed(named) if target), None)
    base = _overridden(base or _top_level(path, environment), options)
    opened = [_target(each, targets, base, options, environment) for each in references]
    opened = [_near(*each) for each in zip(references, opened, opened[::-1], strict=True)]
    redaction.remember(secrets(opened, environment))
    labels = _distinct([_label(*each) for each in zip(references, opened, strict=True)])
    sides = [
        NamedSide(reference=reference, label=label, target=target)
        for reference, label, target in zip(references, labels, opened, strict=True)
    ]
    return Pair(left=sides[0], right=sides[1], target=base, settings=settings)


def _loaded(
    path: Path | None, environment: Mapping[str, str]
) -> tuple[Settings, dict[str, Target]]:
    """Return the configuration with all targets; a variable that is not set fails its own only."""
    if path is None:
        return Settings(targets=()), {}
    settings = config.load(path, environment=environment, known_rules=RULES, each=True)
    return settings, {target.name: target for target in settings.targets}


def _top_level(path: Path | None, environment: Mapping[str, str]) -> Target:
    """Return the top-level settings, for sides that are no targets."""
    if path is None:
        return Target(name="default")
    return config.load(
        path,
        environment=environment,
        known_rules=RULES,
        listed=True,
        overridden={"database"},
    ).base


def _is_live(reference: Reference) -> bool:
    return reference.source == "database"


def _reference(text: str, targets: Mapping[str, Target]) -> Reference:
    """Return the source that a name means. Raises UsageError for a name that means none."""
    reference = msgspec.structs.replace(parse(anchored(text, folder())), text=text)
    if not _is_live(reference) or text in targets or database_url.is_url(text) or "=" in text:
        return reference
    known = f"; targets are {', '.join(targets)}" if targets else ""
    hint = suggestion(text, targets) or known
    raise UsageError(
        f"there is no target or source {text!r}{hint} (`drift sources` lists the sources)"
    )


def _target(
    reference: Reference,
    targets: Mapping[str, Target],
    base: Target,
    options: PairOptions,
    environment: Mapping[str, str],
) -> Target:
    """Return the settings to open a side with; those of a live database have its URL."""
    if not _is_live(reference):
        return base
    configured = targets.get(reference.value)
    if configured is None:
        return msgspec.structs.replace(base, database=reference.value)
    target = _overridden(configured, options)
    return msgspec.structs.replace(target, database=database_of(target, environment))


def _near(reference: Reference, target: Target, other: Target) -> Target:
    """Return the settings of a source with the live database of the other side.

    Code that is run to know a source is kept away from that database.
    """
    if _is_live(reference) or other.database is None:
        return target
    return msgspec.structs.replace(target, database=other.database)


def _overridden(target: Target, options: PairOptions) -> Target:
    """Let the command line win over the configuration."""
    changes: dict[str, Any] = {
        name: tuple(values)
        for name in ("schemas", "models", "imports")
        if (values := getattr(options, name))
    }
    if options.bind is not None:
        changes["bind"] = options.bind
    if options.connect_timeout is not None:
        changes["connect_timeout"] = connect_seconds(options.connect_timeout)
    return msgspec.structs.replace(target, **changes)


def _label(reference: Reference, target: Target) -> str:
    """Return the name of a side in messages; of a URL only the parts without secrets."""
    if not _is_live(reference) or reference.value == target.name:
        return reference.text
    try:
        parameters = address_of(target, os.environ).parameters
    except DriftError:
        return "database"  # the URL is reported when it is opened
    name = parameters.get("dbname") or parameters.get("service") or "database"
    host = parameters.get("host", "")
    return name if host.startswith("/") or not host else f"{host}/{name}"


def _distinct(labels: Sequence[str]) -> Sequence[str]:
    """Return two labels that differ, unless both sides are the same source."""
    if labels[0] != labels[1]:
        return labels
    return [f"left {labels[0]}", f"right {labels[1]}"]
