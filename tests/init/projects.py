"""Files of small projects, the command run in them, and what it wrote."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

from drift import __version__
from tests import command
from tests.versions import SQLALCHEMY

BASE = "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): ...\n"
MODEL = (
    "from sqlalchemy.orm import Mapped, mapped_column\n"
    "from {module} import {base}\n"
    "class {name}({base}):\n"
    "    __tablename__ = '{name}s'\n"
    "    id: Mapped[int] = mapped_column(primary_key=True)\n"
)
if SQLALCHEMY < (2, 0):
    BASE = "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n"
    MODEL = (
        "from sqlalchemy import Column, Integer\n"
        "from {module} import {base}\n"
        "class {name}({base}):\n"
        "    __tablename__ = '{name}s'\n"
        "    id = Column(Integer, primary_key=True)\n"
    )
USER = MODEL.format(module="app.base", base="Base", name="user")
ORDER = MODEL.format(module="app.base", base="Base", name="order")
FLASK = (
    "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n"
    "class user(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
)
SQLMODEL = (
    "from sqlmodel import Field, SQLModel\n"
    "class user(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n"
)
CORE = (
    "from sqlalchemy import Column, Integer, MetaData, Table\nmetadata = MetaData()\n"
    "users = Table('users', metadata, Column('id', Integer, primary_key=True))\n"
)
PINNED = f"sqlalchemy-drift=={__version__}"
CONDA = '"$CONDA/bin/conda" run --no-capture-output --name drift drift'
LEGACY = (
    "from sqlalchemy.orm import declarative_base\nModel = declarative_base()\n"
)  # fmt: skip


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return command.drift(*arguments, env=os.environ | {"PYTHONSAFEPATH": "1"} | environment)


def written(path: str = "config/drift.yaml") -> Any:
    return yaml.safe_load(Path(path).read_text())


def workflow() -> Any:
    return written(".github/workflows/schema-drift.yml")


def steps() -> dict[str, Any]:
    """Return the workflow's steps by name, or by the action they use."""
    some = workflow()["jobs"]["check"]["steps"]
    return {step.get("name") or step["uses"].partition("@")[0]: step for step in some}
