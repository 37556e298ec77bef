"""The configuration: one YAML file in, typed settings out, every problem named at once."""

from drift.config.loader import load
from drift.config.settings import IgnoreEntry, Settings, Target
from drift.config.yaml_source import find

__all__ = ["IgnoreEntry", "Settings", "Target", "find", "load"]
