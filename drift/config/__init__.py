"""The configuration: one YAML file in, typed settings out, all problems reported together.

`settings.py` declares the keys; `reader.py` and `schema.py` both follow that declaration.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from drift.config.ignore_entry import IgnoreEntry
from drift.config.receivers import GitHub, Monitor, Sentry, Slack, Webhook
from drift.config.settings import PER_HOST, Migrations, Settings, Target
from drift.config.yaml_source import find

if TYPE_CHECKING:
    from drift.config.loader import load
    from drift.config.target_list import read_targets

__all__ = [
    "PER_HOST",
    "GitHub",
    "IgnoreEntry",
    "Migrations",
    "Monitor",
    "Sentry",
    "Settings",
    "Slack",
    "Target",
    "Webhook",
    "find",
    "load",
    "read_targets",
]
_READERS = {"load": "drift.config.loader", "read_targets": "drift.config.target_list"}


def __getattr__(name: str) -> Any:
    """Import the readers of files when they are used: many checks read none."""
    if name not in _READERS:
        raise AttributeError(f"module 'drift.config' has no attribute {name!r}")
    return getattr(import_module(_READERS[name]), name)
