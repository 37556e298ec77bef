"""Runs an application's migrations with Alembic itself: upgrade.py ALEMBIC_INI URL REVISION."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

ini, url, revision = sys.argv[1:]
os.chdir(Path(ini).parent)
config = Config(ini)
if Path(ini).with_name("env.py").exists():
    config.set_main_option("script_location", str(Path(ini).parent))
config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
command.upgrade(config, revision)
