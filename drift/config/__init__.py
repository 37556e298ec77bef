"""The configuration: one YAML file in, typed settings out, all problems reported together.

`settings.py` declares the keys; `reader.py` and `schema.py` both follow that declaration.
"""

from drift.config.ignore_entry import IgnoreEntry
from drift.config.loader import load
from drift.config.receivers import GitHub, Monitor, Sentry, Slack, Webhook
from drift.config.settings import Migrations, Settings, Target
from drift.config.target_list import read_targets
from drift.config.yaml_source import find

__all__ = [
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
