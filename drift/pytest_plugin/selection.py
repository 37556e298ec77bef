"""Selects the models and the database: the plugin's options in, the settings of a check out."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from drift import config as files
from drift.api.frames import cleared
from drift.api.models import load_models
from drift.api.options import target_of
from drift.check.expected import is_of_models
from drift.check.selection import TargetOptions, select
from drift.config import IgnoreEntry, Settings, Target
from drift.errors import ConfigurationError, UsageError
from drift.model import Severity
from drift.pytest_plugin import options
from drift.sources.models.importer import import_all

if TYPE_CHECKING:
    from drift.sources.models.loader import Models

_MODELS = pytest.StashKey["Models"]()
_NO_MODELS = (
    "no models given; write drift_models = app.models:Base into pytest's configuration, pass "
    "--drift-models, or override the fixture drift_models"
)


def settings(config: pytest.Config, *, database: bool = False) -> Settings:
    """Return the settings with one target. Raises DriftError.

    Without `database`, its variables in drift.yaml need not be set: to collect the tests, no
    database is needed.
    """
    given = TargetOptions(
        targets=tuple(filter(None, [options.text(config, "drift_target")])),
        config=_file(config),
        database=options.database(config, "drift_database") if database else None,
        schemas=options.texts(config, "drift_schemas"),
        models=options.texts(config, "drift_models"),
        imports=options.texts(config, "drift_import"),
        bind=options.text(config, "drift_bind"),
        unused=() if database else ("database",),
    )
    chosen = select(given, os.environ, needed=())
    return replace(chosen, targets=(_target(config, chosen.targets),))


def _file(config: pytest.Config) -> Path | None:
    """Return the path of drift.yaml; it is only looked for if no other option names the models."""
    named = options.path(config, "drift_config")
    sufficient = options.texts(config, "drift_models") and not options.text(config, "drift_target")
    return named if named or sufficient else files.find(options.folder(config))


def _target(config: pytest.Config, targets: Sequence[Target]) -> Target:
    """Return the only target, with the values of the options."""
    if len(targets) != 1:
        names = ", ".join(target.name for target in targets)
        raise UsageError(
            f"drift.yaml has several targets; name one with drift_target or --drift-target: {names}"
        )
    (target,) = targets
    migrations = target.migrations
    if alembic := options.path(config, "drift_alembic"):
        migrations = replace(migrations, config=str(alembic))
    folders = dict.fromkeys((*target.path, str(options.folder(config))))
    ignore = (*target.ignore, *_ignored(options.texts(config, "drift_ignore")))
    given = target_of({"tables": options.texts(config, "drift_tables")})
    return replace(
        target,
        migrations=migrations,
        path=tuple(folders),
        ignore=ignore,
        tables=given.tables,
        hint=_hint(config) or target.hint,
    )


def _hint(config: pytest.Config) -> str:
    hint = options.text(config, "drift_hint")
    return target_of({"hint": hint}).hint if hint else ""


def _ignored(entries: Sequence[str]) -> tuple[IgnoreEntry, ...]:
    """Return the entries `RULE:OBJECT`. Raises ConfigurationError."""
    try:
        made = target_of({"ignore": entries}).ignore
    except ConfigurationError as error:
        raise ConfigurationError([f"drift_{line}" for line in error.problems]) from None
    return tuple(replace(entry, declared_at=f"drift_{entry.declared_at}") for entry in made)


def threshold(config: pytest.Config) -> Severity:
    """Return the least severity that fails a test. Raises DriftError."""
    level = options.text(config, "drift_fail_on")
    if level is None:
        return settings(config).fail_on or Severity.WARNING
    try:
        return Severity(level)
    except ValueError:
        raise UsageError(f"drift_fail_on: {level!r}; write error, warning or info") from None


@cleared
def models(config: pytest.Config) -> Models:
    """Import the models that the options name, once per session. Raises DriftError."""
    if _MODELS not in config.stash:
        target = settings(config).targets[0]
        if not is_of_models(target):
            raise UsageError(
                f"{target.name}: expected: {target.expected}: tests compare models; give "
                "drift_models, or use drift check"
            )
        if not target.models:
            raise UsageError(_NO_MODELS)
        config.stash[_MODELS] = _load(target)
    return config.stash[_MODELS]


def _load(target: Target) -> Models:
    # At the end: the tests import the application, too, and must get the same modules.
    sys.path += [folder for folder in target.path if folder not in sys.path]
    import_all(target.imports)
    return load_models(list(target.models))
