"""Gives the variables of env files to this process, to its models, and to what redacts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from drift import redaction
from drift.process.isolation import folder


def given(names: Sequence[str]) -> dict[str, str]:
    """Return the variables of the files of --env-file. Raises ConfigurationError."""
    if not names:
        return {}
    from drift.config import env_file

    here = Path(folder())
    return env_file.read([here / name for name in names], required=True)


def adopt(variables: Mapping[str, str]) -> None:
    """Set the variables that the environment does not have, not even empty, and redact secrets.

    An empty variable is probably a secret that is not set: the file must not replace it, or
    another database would be checked.
    """
    if not variables:
        return
    from drift.config import env_file

    redaction.remember(env_file.secrets(variables))
    for name, value in variables.items():
        os.environ.setdefault(name, value)
