"""Small projects in three styles, checked, adopted and checked again."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

from drift.adopt import Adoption, adopted, subjects, write
from drift.check.address import address_of
from drift.check.locate import identified
from drift.check.session import compare_with_database
from drift.check.target import differences
from drift.config import Target
from drift.report.finding import Finding
from drift.sources.models.loader import Models, load
from tests.command import drift
from tests.servers import Database, create_all
from tests.sqlalchemy_code.executing import live_schema
from tests.versions import SQLALCHEMY

MAPPED = '''\
"""Models."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Computed,
    DateTime,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Parent(Base):
    __tablename__ = "parent"

    id: Mapped[int] = mapped_column(primary_key=True)
    x: Mapped[int | None]
    y: Mapped[int | None]

    __table_args__ = (UniqueConstraint("x", "y", name="uq_pair"), {"comment": "those above"})


class Thing(Base):  # kept
    """A thing: é."""

    __tablename__ = "thing"
    __table_args__ = (
        CheckConstraint("n > 0", name="ck_n"),
        ForeignKeyConstraint(["x", "y"], ["parent.x", "parent.y"], name="fk_pair"),
        UniqueConstraint("name", "n", name="uq_name"),
        Index("ix_name", "name"),  # by name
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), server_default="x")  # its name
    note: Mapped[str | None] = mapped_column(comment="why")
    n: Mapped[int] = mapped_column(server_default=text("1"))
    price: Mapped[Decimal | None]
    at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True),
        server_default=text("now()"),
    )
    doc: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    mood: Mapped[str | None] = mapped_column(Enum("sad", "ok", name="mood"))
    twice: Mapped[int | None] = mapped_column(Computed("n * 2", persisted=True))
    mail: Mapped[str | None] = mapped_column(String(20), unique=True)
    code: Mapped[str | None] = mapped_column(String(9), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("parent.id", ondelete="CASCADE"))
    x: Mapped[int | None]
    y: Mapped[int | None]


class Numbered(Base):
    __tablename__ = "numbered"

    id: Mapped[int] = mapped_column(Identity(always=True, start=5), primary_key=True)
'''

COLUMNS = """\
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Parent(Base):
    __tablename__ = 'parent'
    __table_args__ = {'comment': 'those above'}
    id = sa.Column(sa.Integer, primary_key=True)
    x = sa.Column(sa.Integer, index=False)
    y = sa.Column(sa.Integer)


PAIR = sa.Index('uq_pair', Parent.x, Parent.y, unique=True)


class Thing(Base):
    __tablename__ = 'thing'
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column('name', sa.String(50), nullable=False, server_default='x')  # its name
    note = sa.Column(sa.String, comment='why')
    n = sa.Column(sa.Integer, sa.CheckConstraint('n > 0', name='ck_n'), nullable=False,
                  server_default=sa.text('1'))
    price = sa.Column(sa.Numeric)
    at = sa.Column(sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
    doc = sa.Column(pg.JSONB)
    mood = sa.Column(sa.Enum('sad', 'ok', name='mood'))
    twice = sa.Column(sa.Integer, sa.Computed('n * 2', persisted=True))
    mail = sa.Column(sa.String(20), unique=True)
    code = sa.Column(sa.String(9), index=True)
    parent_id = sa.Column(sa.ForeignKey('parent.id', ondelete='CASCADE'))
    x = sa.Column(sa.Integer)
    y = sa.Column(sa.Integer)
    __table_args__ = (
        sa.ForeignKeyConstraint(['x', 'y'], ['parent.x', 'parent.y'], name='fk_pair'),
        sa.UniqueConstraint('name', 'n', name='uq_name'),
        {'info': {'a': 1}})


sa.Index('ix_name', Thing.name)


class Numbered(Base):
    __tablename__ = 'numbered'
    id = sa.Column(sa.Integer, sa.Identity(always=True, start=5), primary_key=True)
"""

TABLES = """\
from sqlalchemy import (CheckConstraint, Column, Computed, DateTime, Enum, ForeignKey,
                        ForeignKeyConstraint, Identity, Index, Integer, MetaData, Numeric, String,
                        Table, UniqueConstraint, func, text)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

parent = Table(
    "parent", metadata,
    Column("id", Integer, primary_key=True),
    Column("x", Integer),
    Column("y", Integer),
    UniqueConstraint("x", "y", name="uq_pair"),
    comment="those above",
)

thing = Table(
    "thing",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(50), nullable=False, server_default="x"),  # its name
    Column("note", String, comment="why"),
    Column("n", Integer, nullable=False, server_default=text("1")),
    Column("price", Numeric),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("doc", JSONB),
    Column("mood", Enum("sad", "ok", name="mood")),
    Column("twice", Integer, Computed("n * 2", persisted=True)),
    Column("mail", String(20), unique=True),
    Column("code", String(9), index=True),
    Column("parent_id", ForeignKey("parent.id", ondelete="CASCADE")),
    Column("x", Integer),
    Column("y", Integer),
    CheckConstraint("n > 0", name="ck_n"),
    ForeignKeyConstraint(["x", "y"], ["parent.x", "parent.y"], name="fk_pair"),
    UniqueConstraint("name", "n", name="uq_name"),
    Index("ix_name", "name"),
)

numbered = Table(
    "numbered", metadata, Column("id", Integer, Identity(always=True, start=5), primary_key=True)
)
"""
STYLES = {"mapped": (MAPPED, "Base"), "columns": (COLUMNS, "Base"), "tables": (TABLES, "metadata")}
if SQLALCHEMY < (2, 0):  # which mapped_column came with
    del STYLES["mapped"]


class Project:
    """A folder with a module of models, and a database."""

    def __init__(
        self, folder: Path, database: Database, text: str, base: str, encoding: str = "utf-8"
    ) -> None:
        self.folder, self.database, self._age = folder, database, 0
        self.file = folder / "models.py"
        self.file.write_bytes(text.encode(encoding))
        self.spec = f"models:{base}"
        self.models: Models = load((self.spec,), (), path=(str(folder),))
        for metadata in self.models.metadatas:
            create_all(metadata, database.url)

    def adoption(self) -> tuple[list[Finding], Adoption]:
        """Check, and adopt every finding."""
        target = Target(name="test", database=self.database.url, models=(self.spec,))
        compared = compare_with_database(target, self.models, address_of(target, {}), 10)
        findings = identified(
            differences(target, self.models, compared), "test", self.models, "public"
        )
        first = compared.variants[0]
        lines = {name: location for name, location, _ in self.models.locations()}
        adoption = adopted(
            subjects(findings, first.comparison.matches),
            first.declared,
            live_schema(self.database.url),
            self.folder,
            tables=lines,
        )
        return findings, adoption

    def write(self, adoption: Adoption) -> None:
        """Write the patches, after git has read them as well."""
        for patch in adoption.patches:
            applies(patch.diff, patch.encoding, self.folder)
        write(adoption.patches, self.folder)

    def check(self) -> list[str]:
        """Check in a fresh process; return the findings in brief.

        Python takes compiled code for that of a file of the same size and second.
        """
        self._age += 2
        for path in self.folder.rglob("*.py"):
            os.utime(path, (time.time(), time.time() + self._age))
        run = drift(
            "check", "--models", self.spec, "--database", self.database.url, "--format", "json",
            cwd=self.folder,
        )  # fmt: skip
        assert run.returncode in {0, 1}, run.stderr
        report = json.loads(run.stdout)
        return [f"{f['rule']} {f['message']}" for c in report["checks"] for f in c["findings"]]


def applies(diff: str, encoding: str, folder: Path) -> None:
    """Let git verify that a diff applies."""
    run = subprocess.run(
        ["git", "apply", "--check", "-"], input=diff.encode(encoding), cwd=folder,
        capture_output=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr.decode() + diff


def patches(adoption: Adoption) -> str:
    """Return the patches as a person reads them."""
    return "".join(patch.diff for patch in adoption.patches)
