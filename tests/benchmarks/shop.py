"""Models of any number of tables, as a module's source, and a database that has them."""

from __future__ import annotations

from pathlib import Path

MODULE = "bench_models"
_HEAD = '''"""Made for a benchmark."""
import enum
from sqlalchemy import (
    Boolean, CheckConstraint, Column, DateTime, Enum, ForeignKey, Index, Integer, Numeric, String,
    Text, UniqueConstraint, func, text,
)
from sqlalchemy.orm import declarative_base

Base = declarative_base()
'''
_TABLE = """

class State{n}(enum.Enum):
    NEW = "new"
    DONE = "done"


class Table{n}(Base):
    __tablename__ = "table_{n}"
    id = Column(Integer, primary_key=True)
    parent_id = Column(ForeignKey("table_{a}.id", ondelete="CASCADE"), nullable=False)
    other_id = Column(ForeignKey("table_{b}.id"))
    name = Column(String(100), nullable=False)
    code = Column(String(20), nullable=False)
    note = Column(Text, comment="Anything")
    price = Column(Numeric(10, 2), server_default=text("0"))
    amount = Column(Integer, nullable=False, server_default="1")
    active = Column(Boolean, nullable=False, server_default=text("true"))
    state = Column(Enum(State{n}, name="state_{n}"), nullable=False)
    made_at = Column(DateTime(timezone=True), server_default=func.now())
    seen_at = Column(DateTime(timezone=True))
    extra_1 = Column(String(50))
    extra_2 = Column(String(50))
    extra_3 = Column(Integer)
    __table_args__ = (
        UniqueConstraint("name", "code", name="uq_table_{n}"),
        CheckConstraint("amount > 0", name="ck_table_{n}"),
        Index("ix_table_{n}_1", "name"),
        Index("ix_table_{n}_2", "parent_id", "made_at"),
        Index("ix_table_{n}_3", func.lower(name)),
        Index("ix_table_{n}_4", "code", postgresql_where=active),
    )
"""


def write(folder: Path, tables: int) -> None:
    """Write the module: 15 columns, 2 foreign keys, 4 indexes, a unique, a check, an enum each."""
    parts = (
        _TABLE.format(n=number, a=max(0, number - 1), b=max(0, number - 7))
        for number in range(tables)
    )
    (folder / f"{MODULE}.py").write_text(_HEAD + "".join(parts))
